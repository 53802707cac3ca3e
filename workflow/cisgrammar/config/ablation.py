"""The `ablation` section of a config: which sites to ablate, in which models, against which controls."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from cisgrammar.config.fields import Fraction, Name, PathStr, Section
from cisgrammar.iupac import foreign_letters

_MOST_N = 0.5
MotifName = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=0)]
AtLeastOne = Annotated[int, Field(ge=1)]
Part = Literal["combined", "residual", "bias"]


def _consensus(text: str) -> str:
    odd = foreign_letters(text)
    if odd or not text:
        raise ValueError(f"wanted IUPAC letters, found {' '.join(map(repr, odd)) or 'none'}; correct the sequence")
    if text.upper().count("N") > _MOST_N * len(text) or len(text) < 4:
        raise ValueError(f"{text} says too little to find sites by; give 4 letters or more, at most half of them N")
    return text.upper()


class Contributions(Section):
    """What every base of some peaks contributes (DeepLIFT/SHAP), as HDF5 and bigWig, and the seqlets in it."""

    model: Part = Field("residual", description="part of the model; `residual` is free of the enzyme's bias")
    outputs: Annotated[tuple[Literal["counts", "profile"], ...], Field(min_length=1)] = Field(
        ("counts", "profile"), description="what is explained: ln counts, and logits weighted by the predicted profile"
    )
    most_peaks: AtLeastOne = Field(200, description="scored test peaks of a fold, at most; evenly taken")
    references: AtLeastOne = Field(20, description="dinucleotide shuffles of each sequence that it is compared with")
    seqlet_fdr: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.1, description="share of false ones among seqlets, by the contributions of shuffled peaks"
    )


class Ablation(Section):
    """Effects of motif sites in the profile models: sites, effects with errors, one table per motif."""

    annotations: PathStr | None = Field(
        None, description="BED of sites; names group them into motifs, strands are kept, scores say which are best"
    )
    binding: bool = Field(True, description="sites of the motifs of all binding models of this run")
    motifs: PathStr | None = Field(
        None,
        description="file of motifs whose sites are searched: MEME, JASPAR, HOMER, TRANSFAC, STAMP, CIS-BP, PFM or a "
        "fit of ProBound",
    )
    consensus: dict[Name, Annotated[str, AfterValidator(_consensus)]] = Field(
        {}, description="name -> IUPAC consensus; every exact match on either strand is a site"
    )
    p_value: Annotated[float, Field(gt=0, lt=0.1)] = Field(
        1e-4, description="greatest chance that random sequence scores like a site, for `motifs`; per window and strand"
    )
    most_sites: AtLeastOne = Field(200, description="sites of one motif, at most: the best, of equals drawn ones")
    decoys: Count = Field(3, description="decoys of a motif: its positions in another order, unlike every motif")
    decoy_sites: Count = Field(
        100,
        description="decoy sites of one motif, at most; drawn. Where its decoys have fewer, places with the letters of "
        "its sites in another order fill up",
    )
    controls: AtLeastOne = Field(
        400,
        description="control windows for each motif, like its sites and decoys in width, GC and distance to the "
        "summit. The smallest p is 1 / (1 + those of all motifs of like width): with 20 for each site of a motif, one "
        "site alone can have q < 0.05",
    )
    models: tuple[Part, ...] = Field(
        ("combined", "residual", "bias"), description="parts of the model; `bias` is the transformed one"
    )
    n: Annotated[int, Field(ge=2)] = Field(20, description="shuffles of a site")
    shuffle: Literal["dinucleotide", "plain"] = Field("dinucleotide", description="what a shuffle keeps of a site")
    too_few: Literal["plain", "widen", "report"] = Field(
        "plain",
        description="what to do with a site that has fewer than `min_arrangements` without its motif: keep only the "
        "letters and, if that leaves too few, lengthen it by up to 5 bp at each side; lengthen it at once; or take "
        "what there is",
    )
    min_arrangements: AtLeastOne = Field(8, description="fewest arrangements of a site without its motif, and itself")
    both_strands: bool = Field(
        True,
        description="effects on counts are the mean over the sequence and its reverse complement, as predictions are",
    )
    local: Count = Field(10, description="bp on both sides of a site that its local profile effect covers")
    significance: Annotated[float, Field(gt=0, lt=1)] = Field(0.05, description="q-value below which a site counts")
    backgrounds: AtLeastOne = Field(32, description="background windows that each motif is put into (sufficiency)")
    pairs: tuple[tuple[MotifName, MotifName], ...] | None = Field(
        None, description="motif pairs whose spacing is scanned; null: those of the binding models"
    )
    spacings: tuple[Count, Count] = Field((0, 20), description="bp between two motifs, least and most")
    spacing_decoys: Count = Field(
        12,
        description="decoys of each motif of a pair, put in its place at every distance: the null of the scan; with 10 "
        "or fewer one distance alone cannot reach q 0.05",
    )
    pair_sites: Count = Field(
        50, description="neighbouring sites of one pair of motifs that are ablated together, at most; drawn"
    )
    pair_distance: AtLeastOne = Field(150, description="bp between neighbouring sites, at most")
    pair_nulls: Count = Field(
        8,
        description="null pairs of each kind for each pair of sites: decoys, control windows, the sites moved apart",
    )
    attribution: bool = Field(False, description="add up saturation mutagenesis (tangermeme) over each site")
    attribution_sites: AtLeastOne = Field(20, description="sites of one motif that `attribution` covers; the best")
    contributions: Contributions | None = None
    shards: Annotated[int, Field(ge=1, le=10_000)] = Field(
        1, description="jobs that share the sites of one sample and fold"
    )
    batch_size: AtLeastOne = Field(16, description="sequences at a time, where windows cannot be recomputed")
    false_positives: Fraction = Field(
        0.05,
        description="p-value that decoys, and sites in the bias model, are held to, and the share of them "
        "below it that chance gives: gates fail where the share is above it by more than chance",
    )
    device: Literal["cpu", "cuda"] = Field("cpu", description="where to predict; an absent GPU is an error")

    @model_validator(mode="after")
    def _consistent(self) -> Ablation:
        if not self.models:
            raise ValueError("models: give at least one of combined, residual, bias")
        if len(set(self.models)) < len(self.models):
            raise ValueError(f"models: {', '.join(self.models)} names one twice; give each once")
        if self.spacings[0] > self.spacings[1]:
            raise ValueError(f"spacings: {self.spacings[0]} is above {self.spacings[1]}; write the smaller one first")
        return self

    def has_sites(self, binding: bool) -> bool:
        """Whether the section says where sites come from; `binding`: the run has binding models."""
        return bool(self.annotations or self.motifs or self.consensus or (self.binding and binding))
