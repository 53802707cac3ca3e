"""`cisgrammar init`: a commented config and a sample sheet for an organism."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cisgrammar.cli.places import CONFIG
from cisgrammar.files.atomic import write_text

SHEET = "config/samples.tsv"


@dataclass(frozen=True)
class Organism:
    """What a config says for an organism.

    Attributes
    ----------
    test, validation
        Chromosomes of the first fold.
    exclude
        Chromosomes that are never used for windows.
    filters
        Of the residual network.
    dense
        Whether most of the genome is near a peak, so that background is scarce.
    mask
        What the mask of regions never used should hold.
    """

    test: tuple[str, ...]
    validation: tuple[str, ...]
    exclude: tuple[str, ...]
    filters: int
    dense: bool
    mask: str


ORGANISMS = {
    "yeast": Organism(("chrXV", "chrXVI"), ("chrXIII",), ("chrXII", "chrM"), 32, True, "the rDNA repeat"),
    "fly": Organism(("chr2R",), ("chr3L",), ("chrM", "chrY"), 64, True, "a blacklist"),
    "mouse": Organism(("chr1", "chr6"), ("chr8",), ("chrM", "chrY"), 64, False, "the ENCODE blacklist (mm10)"),
    "human": Organism(
        ("chr1", "chr3", "chr6"), ("chr8", "chr20"), ("chrM", "chrY"), 64, False, "the ENCODE blacklist (hg38)"
    ),
}


def add_to(commands: Any) -> None:
    """Add the command to a parser's."""
    found = commands.add_parser("init", help="write a commented config and a sample sheet")
    found.add_argument("--organism", choices=sorted(ORGANISMS), help="whose chromosomes and sizes to start from")
    found.add_argument("--fasta", help="genome FASTA: plain, gzip or bgzip")
    found.add_argument("--reads", help="BAM, CRAM, fragments, BEDPE, tagAlign, a bigWig or `plus.bw,minus.bw`")
    found.add_argument("--peaks", help="BED or narrowPeak")
    found.add_argument("--exclude", help="BED of regions that are never used")
    found.add_argument("--sample", default="my_sample", help="name of the sample; default: my_sample")
    found.add_argument("--folds", type=int, help="k folds of chromosomes instead of one split")
    found.add_argument("--config", default=CONFIG, help=f"where to write the config; default: {CONFIG}")
    found.add_argument("--sheet", default=SHEET, help=f"where to write the sample sheet; default: {SHEET}")
    found.set_defaults(function=init)


_QUESTIONS = {
    "organism": f"organism ({', '.join(sorted(ORGANISMS))})",
    "fasta": "genome FASTA",
    "reads": "reads (BAM, fragments, bigWig, ...)",
    "peaks": "peaks (BED or narrowPeak)",
}


def init(options: argparse.Namespace, rest: list[str]) -> int:
    """Ask for what no option gave, write both files and say what to do next."""
    ask_for_missing(options, input if sys.stdin.isatty() else None)
    for path in (options.config, options.sheet):
        if Path(path).exists():
            raise ValueError(f"{path} is there already; name another with --config and --sheet, or remove it")
    for path, text in ((options.config, config_text(options)), (options.sheet, sheet_text(options))):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_text(Path(path), text)
    print(f"wrote {options.config} and {options.sheet}; next: cisgrammar check {options.config}")
    return 0


def ask_for_missing(options: argparse.Namespace, ask: Callable[[str], str] | None) -> None:
    """Fill in options that were not given, by questions on a terminal.

    Raises
    ------
    ValueError
        If there is no terminal, naming the options; or if the organism is none that is known.
    """
    missing = [name for name in _QUESTIONS if not getattr(options, name)]
    if missing and ask is None:
        raise ValueError(f"give {', '.join('--' + name for name in missing)}; on a terminal they are asked for")
    for name in missing:
        setattr(options, name, ask(f"{_QUESTIONS[name]}: ").strip() if ask else "")
    if options.organism not in ORGANISMS:
        raise ValueError(f"got the organism {options.organism!r}; wanted one of {', '.join(sorted(ORGANISMS))}")


def config_text(options: argparse.Namespace) -> str:
    """The config of one sample, with a comment where a user may want another value."""
    organism = ORGANISMS[options.organism]
    mask = f"exclude: {options.exclude}" if options.exclude else f"# exclude: mask.bed # {organism.mask}"
    lines = [
        f"# {options.sample}, {options.organism}. Every key, its unit and default: config/README.md of the project.",
        "results: results",
        f"samples: {options.sheet}",
        "",
        "genome:",
        f"  fasta: {options.fasta}",
        f"  {mask}",
        f"  exclude_chromosomes: [{', '.join(organism.exclude)}]",
        "",
        *_folds(options.folds, organism),
        "",
        *_prepare(organism),
        "# The assay's own sequence preference, learned outside of peaks.",
        "bias: {}",
        "transformation: {}",
        "",
        "# What is left for biology.",
        "combined:",
        f"  architecture: {{filters: {organism.filters}}}",
        "  # training: {device: cuda, precision: tf32} # with a GPU",
        "",
        "# Motifs whose sites are ablated; binding models of this run join them.",
        "# ablation:",
        "#   consensus: {Reb1: TTACCCGG}",
    ]
    return "\n".join(lines) + "\n"


def _folds(k: int | None, organism: Organism) -> list[str]:
    if k:
        return [f"folds: {{k: {k}}} # of chromosomes, balanced by length; each is trained and tested"]
    return [
        "# Test chromosomes are used once, at the end, to evaluate; validation decides when training stops.",
        "folds:",
        "  splits:",
        f"    fold0: {{test: [{', '.join(organism.test)}], validation: [{', '.join(organism.validation)}]}}",
    ]


def _prepare(organism: Organism) -> list[str]:
    lines = ["prepare:", "  min_mapq: 30 # of BAM and CRAM: reads that fit one place"]
    if organism.dense:
        lines += ["  background_stride: 1000 # most of the genome is near a peak", "  background_ratio: 20"]
    return [*lines, ""]


def sheet_text(options: argparse.Namespace) -> str:
    """The sample sheet, one row."""
    return f"sample\tsignal\tpeaks\n{options.sample}\t{options.reads}\t{options.peaks}\n"
