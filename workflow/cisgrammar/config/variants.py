"""The `variants` section of a config: which variants, scored by which models, against which nulls."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Annotated, Literal

from pydantic import Field, model_validator

from cisgrammar.config.fields import FolderName, PathStr, Section

AtLeastOne = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]
_SUFFIXES = re.compile(r"(\.(vcf|bcf|tsv|txt|csv|bed|gz|bgz))+$", re.IGNORECASE)
_SPLICE = "splice"
_ODD = re.compile(r"[^A-Za-z0-9_.-]+")


class ProfileScores(Section):
    """Accessibility: what variants do to the counts and profiles of profile models."""

    models: tuple[PathStr, ...] = Field(
        (), description="model files, a fold each: ours, BPReveal's .keras, ChromBPNet's .h5; default: the run's own"
    )
    part: Literal["residual", "combined"] = Field(
        "residual", description="part of a combined model; `residual` is free of the enzyme's bias"
    )
    peaks: PathStr | None = Field(
        None, description="BED or narrowPeak: overlaps, percentiles, windows; default: the peaks of the run's samples"
    )
    most_peaks: AtLeastOne = Field(5000, description="peaks that percentiles are taken among, at most; evenly taken")
    centre: Literal["peak", "variant"] = Field(
        "peak",
        description="what a window is centred on. `peak`: the summit of the peak that the variant lies in, or a point "
        "of `grid` where it lies in none, so that variants share windows; `variant`: each variant, as variant-scorer",
    )
    grid: AtLeastOne = Field(
        200, description="bp between the centres of windows outside of peaks; at most half of the output"
    )
    shuffled: Count = Field(
        5000,
        description="null: variants drawn again, put into the shuffled sequence around them; number of draws in peaks, "
        "and as many outside of them",
    )
    shuffled_flank: Annotated[int, Field(ge=8)] | None = Field(
        32,
        description="bp on each side that are shuffled; the rest of the window stays, and so does the level that is "
        "predicted; null: the whole window, as variant-scorer",
    )
    substitutions: Count = Field(
        99, description="null: random substitutions in the same peak, or cell of `grid`; number in each"
    )
    batch_size: AtLeastOne = Field(256, description="variants at a time")
    device: Literal["cpu", "cuda"] = Field("cpu", description="where to predict; an absent GPU is an error")


class BindingScores(Section):
    """Affinity: what variants do to the sites of fitted binding models."""

    models: tuple[PathStr, ...] = Field(
        (), description="folders of fitted binding models, as results/binding/REB1; default: the run's own"
    )
    p_value: Annotated[float, Field(gt=0, lt=0.1)] = Field(
        1e-4, description="greatest chance that random sequence scores like a site; per window and strand"
    )

    @model_validator(mode="after")
    def _names_differ(self) -> BindingScores:
        names = [PurePath(folder).name for folder in self.models]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"models: several folders are called {', '.join(twice)}; scores are named by them: rename one"
            )
        if _SPLICE in names:
            raise ValueError(f"models: {_SPLICE} is what scores of splicing are called; rename the folder")
        return self


class SpliceScores(Section):
    """Splicing: gained and lost splice sites."""

    weights: tuple[PathStr, ...] = Field(
        (), description="weights of SpliceAI's architecture, averaged; default: the run's own model"
    )
    genes: PathStr | None = Field(
        None,
        description="as `splice.genes.annotation`, or SpliceAI's table; default: that of the section `splice`",
    )
    distance: Annotated[int, Field(ge=1, le=4999)] = Field(50, description="bp on both sides that are compared")
    mask: bool = Field(False, description="without gains of annotated sites and losses of others")
    batch_size: AtLeastOne | None = Field(None, description="sequences at a time; default: what suits the device")
    device: Literal["cpu", "cuda"] = Field("cpu", description="where to predict; an absent GPU is an error")


class Variants(Section):
    """Variants scored by profile, binding and splice models, in one table."""

    name: FolderName | None = Field(None, description="folder below results/variants; default: the file's name")
    vcf: PathStr | None = Field(
        None, description="VCF, BCF, or a file as `table` takes it; plain or compressed, any order"
    )
    table: PathStr | None = Field(
        None,
        description="instead of `vcf`: a table with a header (GWAS too), VEP's input, words (HGVS, SPDI, `1-100-A-C`), "
        "or one of variant-scorer's layouts",
    )
    layout: Literal["auto", "chrombpnet", "bed", "plink", "original", "header"] = Field(
        "auto", description="columns of `table`; `auto` goes by the first lines"
    )
    truth: PathStr | None = Field(
        None,
        description="table of what simulated variants do (results/simulate/truth_variants.tsv), that scores are judged "
        "against",
    )
    longest: AtLeastOne = Field(500, description="bp of the longest allele that is scored")
    genes: PathStr | None = Field(None, description="GTF, GFF3, BED12, genePred or refFlat, for the nearest genes")
    nearest: Annotated[int, Field(ge=1, le=10)] = Field(3, description="nearest genes that are named")
    cards: Count = Field(20, description="variants that get a card on the page and profiles in profiles.h5")
    rows: AtLeastOne = Field(2000, description="rows of the page's table, at most: the strongest")
    significance: Annotated[float, Field(gt=0, lt=1)] = Field(0.05, description="q-value below which one counts")
    profile: ProfileScores | None = None
    binding: BindingScores | None = None
    splice: SpliceScores | None = None

    @model_validator(mode="after")
    def _one_file(self) -> Variants:
        if (self.vcf is None) == (self.table is None):
            raise ValueError(f"give one of vcf and table, got {'neither' if self.vcf is None else 'both'}")
        if self.profile is None and self.binding is None and self.splice is None:
            raise ValueError("nothing to score with: give profile, binding or splice (`profile: {}` for the run's own)")
        return self

    @property
    def file(self) -> str:
        """The file of variants."""
        return self.vcf or self.table or ""

    @property
    def folder(self) -> str:
        """Name of the folder below results/variants."""
        stem = _ODD.sub("_", _SUFFIXES.sub("", PurePath(self.file).name)).lstrip("_.-")
        return self.name or stem or "variants"
