"""The one schema of a run: what `config.yaml` may say (the sample sheet's is `samples`).

Rules import this module, so it imports neither torch nor numpy. Every model is frozen and refuses unknown
keys. A path may name an environment variable with a default, `${NAME:-default}`.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from cisgrammar.config.ablation import Ablation
from cisgrammar.config.binding import Binding
from cisgrammar.config.fields import ConfigError, Even, Name, NonNegative, PathStr, Section, problems
from cisgrammar.config.figures import Figures
from cisgrammar.config.prepare import Folds, Genome, Prepare
from cisgrammar.config.profile import Bias, Combined, Evaluate, Transformation
from cisgrammar.config.simulate import SimulateSelex
from cisgrammar.config.splice import SimulateGenes, Splice

TRUTH_FILES = ("truth.json", "truth_rates.h5", "truth_sites.tsv", "truth_pairs.tsv")
"""What the folder of a simulated genome's truth holds."""


class Simulate(Section):
    """A genome with known truth, from which reads are drawn."""

    chromosomes: Annotated[int, Field(ge=3)] = Field(6, description="number of chromosomes")
    chromosome_length: Annotated[int, Field(ge=10_000)] = Field(600_000, description="bp, each")
    gc: Annotated[float, Field(gt=0, lt=1)] = Field(0.4, description="GC content")
    peaks_per_chromosome: Annotated[int, Field(ge=1)] = Field(240, description="accessible sites on each chromosome")
    fragments: Annotated[int, Field(ge=1)] = Field(400_000, description="fragments drawn; each gives two 5' ends")
    fraction_in_peaks: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.65, description="share of the cuts of an enzyme without preference that fall into peaks"
    )
    strength_spread: NonNegative = Field(
        0.35, description="standard deviation of a peak's ln strength that its motifs do not explain"
    )
    pair_share: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.4, description="share of REB1's sites that have a second one beside them on the same strand"
    )
    pair_offsets: tuple[Annotated[int, Field(ge=8, le=16)], ...] = Field(
        (9, 11), description="bp between the starts of the two, favoured: there the pair does more than both sites"
    )
    pair_effects: tuple[float, ...] = Field(
        (0.9, 0.5), description="what each favoured distance adds to a peak's ln strength; other distances add nothing"
    )
    footprint_depth: Annotated[float, Field(gt=0, le=1)] = Field(
        0.3, description="cut rate where a factor is bound, relative to the bases beside it; 1 for none"
    )
    bias_strength: NonNegative = Field(1.0, description="scale of the enzyme's log preference; 0 for none")
    seed: Annotated[int, Field(ge=0)] = Field(1, description="seed of the simulation")

    @model_validator(mode="after")
    def _an_effect_for_each_distance(self) -> Simulate:
        if len(self.pair_offsets) != len(self.pair_effects):
            raise ValueError(
                f"pair_effects: {len(self.pair_effects)} values for {len(self.pair_offsets)} offsets; give one each"
            )
        return self

    @model_validator(mode="after")
    def _peaks_fit(self) -> Simulate:
        most = (self.chromosome_length - 3000) // 1000
        if self.peaks_per_chromosome > most:
            raise ValueError(
                f"peaks_per_chromosome: at most {most} sites fit on {self.chromosome_length} bp (1,000 bp "
                f"apart, 1,500 bp from the ends), got {self.peaks_per_chromosome}; use longer chromosomes "
                "or fewer peaks"
            )
        return self


class Resources(Section):
    """What a job with device cuda asks Slurm for; all else of a cluster is in the profile (docs/cluster.md)."""

    gpu_partition: Name | None = Field(None, description="partition with GPUs; default: that of the other jobs")
    gpu_model: Name | None = Field(None, description="type of GPU as Slurm names it (gres); default: any")


class Config(Section):
    """A whole run. A stage runs if its section is there."""

    results: PathStr = Field("results", description="folder that everything is written into")
    seed: Annotated[int, Field(ge=0)] = Field(1, description="seed of every random choice")
    output_length: Even = Field(1000, description="bp predicted at base resolution")
    threads: Annotated[int, Field(ge=1)] = Field(2, description="threads of a training job")
    resources: Resources = Resources()
    container: PathStr = Field(
        "containers/cisgrammar-cpu.sif", description="image that `snakemake --sdm apptainer` runs the jobs in"
    )
    samples: PathStr | None = Field(None, description="TSV, one row per track; see below. Needs `genome` and `folds`")
    genome: Genome | None = None
    folds: Folds | None = None
    prepare: Prepare = Prepare()
    bias: Bias | None = None
    transformation: Transformation | None = None
    combined: Combined | None = None
    evaluate: Evaluate = Evaluate()
    binding: Binding | None = None
    splice: Splice | None = None
    ablation: Ablation | None = None
    figures: Figures = Figures()
    truth: PathStr | None = Field(
        None,
        description="folder with the truth of simulated data (truth.json, truth_rates.h5, truth_sites.tsv, "
        "truth_pairs.tsv; selex/truth.json beside the reads), to be judged against; default: that of `simulate`",
    )
    simulate: Simulate | None = None
    simulate_selex: SimulateSelex | None = None
    simulate_genes: SimulateGenes | None = None

    @model_validator(mode="after")
    def _something_to_run(self) -> Config:
        if self.samples is None and self.binding is None and self.splice is None:
            raise ValueError("nothing to run: give `samples` (with `genome` and `folds`), `binding` or `splice`")
        if self.splice is not None and self.splice.genes.fasta is None and self.genome is None:
            raise ValueError("splice.genes.fasta: needed in a run without the section `genome`")
        return self

    @model_validator(mode="after")
    def _chain(self) -> Config:
        missing = [name for name in ("genome", "folds") if getattr(self, name) is None]
        if self.samples is not None and missing:
            raise ValueError(f"samples needs the sections genome and folds; missing: {', '.join(missing)}")
        if self.bias is not None and self.samples is None:
            raise ValueError("bias needs samples: the sheet of the tracks that it is trained on")
        if self.transformation is not None and self.bias is None:
            raise ValueError("transformation needs the bias section")
        if self.combined is not None and self.transformation is None:
            raise ValueError("combined needs the transformation section (use name: passthrough for none)")
        if self.ablation is not None and self.combined is None:
            raise ValueError("ablation needs the combined section: the model whose sites are ablated")
        if self.ablation is not None and not self.ablation.has_sites(self.binding is not None):
            raise ValueError("ablation has no sites: give annotations, motifs, consensus, or the section binding")
        return self

    @model_validator(mode="after")
    def _residual_sees_as_far_as_bias(self) -> Config:
        if self.bias is None or self.combined is None:
            return self
        wide, narrow = self.combined.architecture.flank(), self.bias.architecture.flank()
        if narrow > wide:
            raise ValueError(
                f"bias.architecture sees {narrow} bp beside the output, combined.architecture only {wide}; "
                "the residual model must see at least as far"
            )
        return self


def parse_config(raw: dict[str, Any]) -> Config:
    """Validate a config as read from YAML; ConfigError lists every bad key."""
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        raise ConfigError("bad config:\n  " + "\n  ".join(problems(error))) from None
