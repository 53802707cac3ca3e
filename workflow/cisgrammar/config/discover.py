"""The `discover` section of a config: motifs from contributions, without a list of motifs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cisgrammar.config.fields import PathStr, Section

AtLeastOne = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0, lt=1)]
Output = Literal["counts", "profile"]


class Discover(Section):
    """Motifs from the contributions of bases in all peaks: patterns, their names, their hits, one set over samples."""

    outputs: Annotated[tuple[Output, ...], Field(min_length=1)] = Field(
        ("counts", "profile"),
        description="what is explained, in the residual model: ln counts (those of `combined.counts` too), and logits "
        "weighted by the predicted profile; a pattern of both is kept from the one that stands first",
    )
    regions: PathStr | None = Field(None, description="BED of windows to explain, by their centres; null: all peaks")
    most_windows: AtLeastOne | None = Field(None, description="windows of a sample, at most; evenly taken")
    references: Annotated[int, Field(ge=2)] = Field(
        20, description="dinucleotide shuffles that a window is compared with, divided among folds and both strands"
    )
    shuffles: AtLeastOne = Field(
        1, description="shuffles of each window that are explained as the null; more where they are fewer than 500"
    )
    seqlet_fdr: Rate = Field(0.2, description="share of false ones among seqlets, by the maxima of shuffled windows")
    min_seqlets: Annotated[int, Field(ge=5)] = Field(20, description="fewest seqlets of a pattern, and fewest hits")
    most_seqlets: Annotated[int, Field(ge=50, le=10_000)] = Field(
        5000, description="seqlets of a sign that are compared pairwise, at most; evenly taken, and hits find the rest"
    )
    hit_fdr: Rate = Field(0.05, description="share of false ones among the hits of a pattern, by shuffled windows")
    motifs: tuple[PathStr, ...] = Field(
        (), description="files of motifs (MEME, JASPAR, HOMER, TRANSFAC, STAMP, CIS-BP, PFM) that patterns are named by"
    )
    match_q: Rate = Field(0.05, description="q-value, over all pairs of pattern and motif, below which a name is given")
    shards: Annotated[int, Field(ge=1, le=10_000)] = Field(1, description="jobs that share the windows of a sample")
    device: Literal["cpu", "cuda"] = Field("cpu", description="where to predict; an absent GPU is an error")

    @model_validator(mode="after")
    def _each_output_once(self) -> Discover:
        if len(set(self.outputs)) < len(self.outputs):
            raise ValueError(f"outputs: {', '.join(self.outputs)} names one twice; give each once")
        return self
