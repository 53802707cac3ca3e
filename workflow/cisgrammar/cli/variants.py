"""`cisgrammar variants`: what variants change, by profile, binding and splice models."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisgrammar.cli.places import check_out
from cisgrammar.cli.threads import add_threads, use_threads
from cisgrammar.config.fields import problems
from cisgrammar.config.variants import Variants

if TYPE_CHECKING:
    from cisgrammar.api.scored_files import Models

_DESCRIPTION = """\
Score the variants of a VCF, BCF or table with models of a run or of other tools:

  cisgrammar variants my.vcf.gz --fasta genome.fa --model results/combined/demo --peaks peaks.narrowPeak
  cisgrammar variants my.vcf.gz --fasta genome.fa --model fold_0.h5 fold_1.h5 --binding results/binding/REB1
  cisgrammar variants my.vcf.gz --fasta hg38.fa --splice spliceai1.h5 spliceai2.h5 --genes genes.gtf

The folder gets what the stage variants writes: scores.tsv, annotated.vcf.gz with its index, variants.html, profiles.h5.
"""


def add_to(commands: Any) -> None:
    """Add the command to a parser's."""
    found = commands.add_parser(
        "variants",
        help="score the variants of a VCF, BCF or table",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("variants", help="VCF or BCF (plain, gzip or bgzip), a table with a header, or variant-scorer's")
    found.add_argument("--fasta", required=True, help="the genome that they were called on")
    found.add_argument("--model", nargs="+", help="profile models: files, a fold each, or one results/combined/SAMPLE")
    found.add_argument("--peaks", help="BED or narrowPeak: overlaps, percentiles, and a null in the same peak")
    found.add_argument("--binding", nargs="+", help="folders of fitted binding models, as results/binding/REB1")
    found.add_argument("--splice", nargs="+", help="weights of SpliceAI's architecture, or results/splice")
    found.add_argument("--genes", help="GTF, GFF3 or SpliceAI's table, for --splice; a GTF or GFF3 names nearest genes")
    found.add_argument(
        "--distance", type=int, default=50, help="bp on both sides whose splice sites count; default: 50"
    )
    found.add_argument("--mask", action="store_true", help="SpliceAI's strings with masked scores")
    found.add_argument("--out", help="folder to write into; default: variants/NAME, NAME that of the file")
    found.add_argument("--seed", type=int, default=1, help="of the nulls; default: 1")
    found.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where to predict; default: cpu")
    add_threads(found)
    found.set_defaults(function=variants)


def variants(options: argparse.Namespace, rest: list[str]) -> int:
    """Score, and say how many were."""
    settings = section_of(options)
    folder = options.out or f"variants/{settings.folder}"
    check_out(folder)
    # torch takes seconds to import, and reads the number of threads when it is.
    with use_threads(options.threads):
        from cisgrammar.api.scored_files import score_file
        from cisgrammar.sequence.fasta import read_fasta

        counts = score_file(settings, read_fasta(options.fasta), _models(options), folder, options.seed)
    refused = "".join(f"; {number} x {reason}" for reason, number in sorted(counts.reasons.items()))
    print(f"{counts.scored} of {counts.total} alternate alleles scored{refused}")
    print(f"wrote {folder}/scores.tsv, annotated.vcf.gz, variants.html")
    return 0


def section_of(options: argparse.Namespace) -> Variants:
    """The section `variants` of a config that says what the options say.

    Raises
    ------
    ValueError
        In one line, for options that do not go together.
    """
    if not (options.model or options.binding or options.splice):
        raise ValueError("nothing to score with; give --model, --binding or --splice")
    if options.splice and not options.genes:
        raise ValueError("--splice without --genes; give a GTF, a GFF3 or SpliceAI's table")
    if options.peaks and not options.model:
        raise ValueError("--peaks without --model; peaks are for profile models")
    given: dict[str, Any] = {"vcf": options.variants}
    if options.genes and not options.splice:
        given["genes"] = options.genes
    if options.model:
        given["profile"] = {"models": options.model, "peaks": options.peaks, "device": options.device}
    if options.binding:
        given["binding"] = {"models": options.binding}
    if options.splice:
        how = {"distance": options.distance, "mask": options.mask, "device": options.device}
        given["splice"] = {"weights": options.splice, "genes": options.genes, **how}
    # pydantic's own errors are of several lines.
    from pydantic import ValidationError

    try:
        return Variants.model_validate(given)
    except ValidationError as error:
        raise ValueError("; ".join(problems(error, Variants))) from None


def _models(options: argparse.Namespace) -> Models:
    from cisgrammar.api.load import load
    from cisgrammar.api.profile import ProfileModels
    from cisgrammar.api.scored_files import Models
    from cisgrammar.api.splice import SpliceModel

    profile = load(_one_or_more(options.model), options.device) if options.model else None
    splice = load(_one_or_more(options.splice), options.device) if options.splice else None
    for option, kind, found in (("--model", ProfileModels, profile), ("--splice", SpliceModel, splice)):
        if found is not None and not isinstance(found, kind):
            raise ValueError(f"{option}: wanted {kind.__name__}, got {found!r}")
    return Models(
        profile.models if isinstance(profile, ProfileModels) else (),
        {Path(folder).name: folder for folder in options.binding or ()},
        splice.model if isinstance(splice, SpliceModel) else None,
    )


def _one_or_more(paths: list[str]) -> str | list[str]:
    return paths[0] if len(paths) == 1 else paths
