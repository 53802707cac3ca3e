"""What is wrong with the section `variants`: its file, its models and the genome that they meet."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from cisgrammar.check.predicted import Collector
from cisgrammar.config.schema import Config
from cisgrammar.config.variants import Variants
from cisgrammar.sequence.fasta import Genome

_LOOKED_AT, _PASSED_OVER = 1000, 200_000
"""Alleles at the beginning of a file that are held against the genome, and all that are read to find them."""


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
    found = [name for path, name in _files(section) if faults.there(path, f"variants.{name}")]
    if genome is not None:
        _check_files(faults, section, genome, found)


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


def _check_files(faults: Collector, section: Variants, genome: Genome, found: list[str]) -> None:
    """Read the files that are there as the stage reads them; those that the run makes are left to it."""
    from cisgrammar.binding.model_file import load_binding
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.sequence.peaks import read_peaks
    from cisgrammar.splice.models.saved import load_models
    from cisgrammar.variants.near import Genes
    from cisgrammar.variants.splice.genes import read_splice_genes

    by_name: dict[str, list[str]] = {}
    for path, name in _files(section):
        if name in found and Path(path).is_file():
            by_name.setdefault(name, []).append(path)
    for path in by_name.get("profile.models", ()):
        faults.run(load_model, path)
    for path in by_name.get("profile.peaks", ()):
        faults.run(read_peaks, path, genome)
    for path in by_name.get("binding.models", ()):
        faults.run(load_binding, path)
    if weights := by_name.get("splice.weights"):
        faults.run(load_models, weights)
    for path in by_name.get("splice.genes", ()):
        faults.run(read_splice_genes, path, genome)
    for path in by_name.get("genes", ()):
        faults.run(Genes.read, path, genome)


def _check_beginning(section: Variants, genome: Genome, key: str) -> None:
    """ValueError if the file cannot be read, or none of its first alleles can be scored.

    Records without an alternate allele (of a gVCF) and those of chromosomes that the genome does not have, of which a
    file may begin with many, are passed over.
    """
    from cisgrammar.variants.read.check import ABSENT, ELSEWHERE, SWAPPED, Checker
    from cisgrammar.variants.read.records import read_records

    checker = Checker(genome, section.longest)
    looked_at = 0
    for one in islice(checker.check(read_records(section.file, section.layout)), _PASSED_OVER):
        looked_at += one.reason not in ABSENT
        if looked_at >= _LOOKED_AT or (looked_at and checker.scored):
            break
    else:
        if checker.reasons.total() >= _PASSED_OVER:
            return
    if not checker.scored:
        why = ", ".join(f"{number} {reason}" for reason, number in checker.reasons.most_common(3))
        of = "exchange its columns of alleles" if checker.reasons[SWAPPED] * 2 > checker.reasons.total() else ""
        of = of or ("name its chromosomes as the FASTA does" if checker.reasons[ELSEWHERE] else "")
        raise ValueError(
            f"{key}: {section.file}: none of the first {checker.reasons.total()} alleles can be scored ({why}); "
            + (of or "give the genome that they were called on")
        )
