"""The config's sections of data: the assembly, the folds, and what is made of the reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from cisgrammar.config.fields import (
    FolderName,
    Fraction,
    NonNegative,
    PathStr,
    Positive,
    Section,
    expand_path,
    replaced_default,
)


class Genome(Section):
    """The assembly that reads were aligned to."""

    fasta: PathStr = Field(description="genome FASTA: plain, gzip or bgzip")
    exclude: PathStr | None = Field(None, description="BED of regions never used (rDNA, blacklist)")
    exclude_chromosomes: tuple[str, ...] = Field(
        (), description="chromosomes, or parts of them (chrom:start-end), never used for windows"
    )


class FoldSplit(Section):
    """One fold by chromosomes, BED files or name patterns; what is not listed trains."""

    test: tuple[str, ...] = Field(
        min_length=1,
        description="chromosomes or parts of them (chrom:start-end, 0-based half-open), BED files, or regular "
        "expressions, held out for test",
    )
    validation: tuple[str, ...] = Field(min_length=1, description="the same, for early stopping")
    train: tuple[str, ...] | None = Field(None, description="the same, for training; default: all the rest")


def _expanded(split: Any) -> Any:
    """A split's BED files with their environment variables replaced."""
    if not isinstance(split, dict):
        return split
    return {k: [expand_path(p) for p in v] if isinstance(v, list | tuple) else v for k, v in split.items()}


def _check_expressions(splits: Mapping[str, FoldSplit]) -> None:
    for name, split in splits.items():
        for text in (*split.test, *split.validation, *(split.train or ())):
            try:
                re.compile(text)
            except re.error as error:
                raise ValueError(f"fold {name}: {text!r} is not a regular expression ({error}); mend it") from None


class Folds(Section):
    """How regions are split: given folds, files of folds, or k folds of chromosomes or of blocks of them."""

    by: Literal["chromosome", "region", "bed", "regex"] = Field(
        "chromosome",
        description="what the entries of a split are: `chromosome` and `region` are both names and chrom:start-end; "
        "with `k`, `region` cuts each chromosome into blocks",
    )
    splits: dict[FolderName, FoldSplit] | None = Field(None, description="fold name -> split")
    k: Annotated[int, Field(ge=3, le=50)] | None = Field(
        None,
        description="instead of `splits`: number of folds; fold i tests part i and validates on part i + 1. Parts are "
        "chromosomes, balanced by length, or with `by: region` blocks of each chromosome",
    )
    files: Annotated[tuple[PathStr, ...], Field(min_length=1)] | None = Field(
        None,
        description="instead of `splits`: ChromBPNet's fold JSON (train, valid, test), a file a fold; or a BED whose "
        "column 4 is train, validation or test, or the fold that tests the area (it validates on the next fold's), or "
        "the fold with train, validation or test in column 5",
    )
    max_shared_kmers: Fraction | None = Field(
        0.1,
        description="largest share of a validation or test window's 31-mers that may occur in training windows, on "
        "either strand: those that share more are left out; null keeps all",
    )

    @model_validator(mode="before")
    @classmethod
    def _expand_bed_paths(cls, given: Any) -> Any:
        if not (isinstance(given, dict) and given.get("by") == "bed" and isinstance(given.get("splits"), dict)):
            return given
        return {**given, "splits": {name: _expanded(split) for name, split in given["splits"].items()}}

    @model_validator(mode="after")
    def _one_way(self) -> Folds:
        ways = [name for name in ("splits", "k", "files") if getattr(self, name) is not None]
        # Files that are read have become splits.
        if len(ways) != 1 and ways != ["splits", "files"]:
            raise ValueError("give exactly one of `splits`, `k` and `files`")
        if self.k is not None and self.by not in ("chromosome", "region"):
            raise ValueError(f"`k` folds are folds of chromosomes, got by={self.by}; list them under `splits`")
        if self.files is not None and self.by not in ("chromosome", "region"):
            raise ValueError(f"`files` name chromosomes and parts of them, got by={self.by}; take it out")
        if self.splits is not None and not self.splits:
            raise ValueError("`splits` is empty; list at least one fold")
        if "all" in (self.splits or {}):
            raise ValueError("a fold may not be named `all`: that is what the average over folds is called")
        for name, split in (self.splits or {}).items():
            parts = {"test": split.test, "validation": split.validation, "train": split.train or ()}
            shared = [(a, b, set(parts[a]) & set(parts[b])) for a in parts for b in parts if a < b]
            for a, b, both in shared:
                if both:
                    raise ValueError(f"fold {name}: {sorted(both)} in both {a} and {b}; a region may be in one only")
        if self.by == "regex":
            _check_expressions(self.splits or {})
        return self

    @property
    def names(self) -> list[str]:
        """Fold names, in order."""
        return list(self.splits) if self.splits is not None else [f"fold{i}" for i in range(self.k or 0)]


class Counts(Section):
    """Limits on the number of 5' ends in a window; quantiles are taken within each split."""

    min_counts: NonNegative | None = Field(None, description="fewest 5' ends in the output window")
    max_counts: Positive | None = Field(None, description="most 5' ends in the input window with jitter")
    min_quantile: Fraction | None = Field(None, description="the same as a quantile of the split's windows")
    max_quantile: Fraction | None = Field(None, description="the same as a quantile of the split's windows")

    @model_validator(mode="after")
    def _one_of_each(self) -> Counts:
        if self.min_counts is not None and self.min_quantile is not None:
            raise ValueError("give min_counts or min_quantile, not both")
        if self.max_counts is not None and self.max_quantile is not None:
            raise ValueError("give max_counts or max_quantile, not both")
        for low, high in (("min_counts", "max_counts"), ("min_quantile", "max_quantile")):
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and least > most:
                raise ValueError(
                    f"{low} {least:g} is above {high} {most:g}: no window is left; lower {low} or raise {high}"
                )
        return self


class PeakCounts(Counts):
    """The limits of peaks: few reads teach nothing."""

    min_counts: NonNegative | None = Field(20, description="fewest 5' ends in the output window")

    @model_validator(mode="before")
    @classmethod
    def _quantile_replaces_the_default(cls, given: Any) -> Any:
        return replaced_default(given, "min_counts", by="min_quantile")


class ReadFilter(Section):
    """Which records of a file of reads count."""

    min_mapq: Annotated[int, Field(ge=0, le=255)] = Field(
        0,
        description="BAM, CRAM: smallest mapping quality of a read that counts; 0 counts all, also those that fit "
        "elsewhere as well (quality 0); 255 stands for an unknown quality and always counts",
    )
    duplicates: Literal["drop", "keep"] = Field(
        "drop", description="BAM, CRAM: whether reads that are flagged as duplicates count"
    )
    max_faulty: Fraction = Field(
        0.01,
        description="largest share of records that lie outside of their chromosome or have no length, place or CIGAR; "
        "up to it they are counted and left out, above it the file is refused",
    )


class Prepare(ReadFilter):
    """Reads to a checked store, regions and background."""

    shift: Literal["auto"] | tuple[int, int] = Field(
        "auto",
        description="bp added to 5' ends of the + and - strand (half-open ends), or auto; a sample's own shift wins",
    )
    resize: Literal["none", "centre", "start", "summit"] = Field(
        "summit", description="what a peak's window is centred on"
    )
    remove_overlaps: Annotated[int, Field(ge=0)] = Field(
        0, description="bp: of peaks nearer than this keep the highest; 0 keeps all"
    )
    peaks: PeakCounts = Field(PeakCounts(), description="limits for peak windows")
    background: Counts = Field(Counts(), description="limits for background windows")
    background_ratio: Positive = Field(3.0, description="background windows per peak and split, at most")
    background_stride: Annotated[int, Field(ge=1)] = Field(250, description="bp between candidate background windows")
    gc_bin: Annotated[float, Field(gt=0, le=0.5)] = Field(
        0.02, description="width of a GC bin when background is matched"
    )
    min_reads: Annotated[int, Field(ge=1)] = Field(10_000, description="fewest 5' ends a sample may have")
