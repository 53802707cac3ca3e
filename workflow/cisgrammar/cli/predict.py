"""`cisgrammar predict`: a model's predictions for sequences and regions."""

from __future__ import annotations

import argparse
from typing import Any

from cisgrammar.cli.places import check_out
from cisgrammar.cli.threads import add_threads, use_threads

_DESCRIPTION = """\
Predict sequences, or regions of a genome, with models of a run or of another tool:

  cisgrammar predict results/combined/demo --fasta designs.fa
  cisgrammar predict results/combined/demo --bed enhancers.bed --fasta genome.fa --out enhancers
  cisgrammar predict results/splice --fasta genes.fa
  cisgrammar predict results/binding/REB1 TTACCCGGAT ACGTTACCCG

Profile models (all folds of a folder are averaged): counts.tsv, predictions.h5 and bigWigs, as the stage predict.
A splice model with thresholds: sites.tsv and bigWigs, as the stage splice. A binding model: affinities.tsv.
"""


def add_to(commands: Any) -> None:
    """Add the command to a parser's."""
    found = commands.add_parser(
        "predict",
        help="predict sequences or regions with a model",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("model", help="a model file, results/combined/SAMPLE, results/binding/MODEL or results/splice")
    found.add_argument("sequences", nargs="*", metavar="SEQUENCE", help="letters A C G T N, instead of --fasta")
    found.add_argument("--fasta", help="FASTA of the sequences, or of the genome of --bed")
    found.add_argument("--bed", help="BED or narrowPeak of regions of --fasta; default: every sequence from end to end")
    found.add_argument("--out", default="predicted", help="folder to write into; default: predicted")
    found.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where to predict; default: cpu")
    add_threads(found)
    found.set_defaults(function=predict)


def predict(options: argparse.Namespace, rest: list[str]) -> int:
    """Predict, and name the files."""
    if bool(options.sequences) == bool(options.fasta):
        both = "both" if options.fasta else "neither"
        raise ValueError(f"got {both} of --fasta and sequences; give --fasta, --bed with --fasta, or SEQUENCE ...")
    if options.bed and not options.fasta:
        raise ValueError("--bed without --fasta; give the FASTA that the regions are of")
    check_out(options.out)
    # torch takes seconds to import, and reads the number of threads when it is.
    with use_threads(options.threads):
        from cisgrammar.api.load import load
        from cisgrammar.api.predicted_files import genome_of_letters, write_predictions
        from cisgrammar.sequence.fasta import read_fasta

        model = load(options.model, options.device)
        genome = read_fasta(options.fasta) if options.fasta else genome_of_letters(options.sequences)
        written = write_predictions(model, genome, options.bed, options.out, options.device)
    print(f"wrote {', '.join(map(str, written))}")
    return 0
