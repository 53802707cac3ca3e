"""What is wrong with the section `variants`: its file, its models and the genome that they meet."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from cisgrammar.check.predicted import Collector
from cisgrammar.config.schema import Config
from cisgrammar.config.variants import Variants
from cisgrammar.sequence.fasta import Genome

_LOOKED_AT = 1000
"""Alleles at the beginning of a file that are held against the genome."""


def check_variants(faults: Collector, config: Config, genome: Genome | None) -> None:
    """Collect the faults of the section: missing files, a file of no variants, variants of another assembly.

    Parameters
    ----------
    faults
        Collects them.
    config
        The run's config; without the section there is nothing to check.
    genome
        The run's genome, if it can be read.
    """
    section = config.variants
    if section is None:
        return
    key = "variants.vcf" if section.vcf is not None else "variants.table"
    if faults.there(section.file, key) and genome is not None:
        faults.run(_check_beginning, section, genome, key)
    for path, name in _files(section):
        faults.there(path, f"variants.{name}")


def _files(section: Variants) -> list[tuple[str, str]]:
    """Files that the section names, each with its key."""
    found = [(section.genes, "genes")]
    if section.profile is not None:
        found += [(path, "profile.models") for path in section.profile.models] + [
            (section.profile.peaks, "profile.peaks")
        ]
    if section.binding is not None:
        found += [(str(Path(folder, "model.safetensors")), "binding.models") for folder in section.binding.models]
    if section.splice is not None:
        found += [(path, "splice.weights") for path in section.splice.weights] + [
            (section.splice.genes, "splice.genes")
        ]
    return [(path, name) for path, name in found if path is not None]


def _check_beginning(section: Variants, genome: Genome, key: str) -> None:
    """ValueError if the file cannot be read, or none of its first alleles can be scored."""
    from cisgrammar.variants.read.check import Checker
    from cisgrammar.variants.read.records import read_records

    checker = Checker(genome, section.longest)
    for _ in islice(checker.check(read_records(section.file, section.layout)), _LOOKED_AT):
        pass
    if not checker.scored:
        why = ", ".join(f"{number} {reason}" for reason, number in checker.reasons.most_common(3))
        raise ValueError(
            f"{key}: {section.file}: none of the first {checker.reasons.total()} alleles can be scored ({why}); give "
            "the genome that they were called on"
        )
