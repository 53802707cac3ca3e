"""The one schema of a run: what `config.yaml` may say (the sample sheet's is `samples`).

Rules import this module, so it imports neither torch nor numpy. Every model is frozen and refuses unknown
keys. A path may name an environment variable with a default, `${NAME:-default}`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from cisgrammar.section import (
    ConfigError,
    Even,
    Fraction,
    Name,
    NonNegative,
    Odd,
    PathStr,
    Positive,
    Section,
    expand_path,
    problems,
    replaced_default,
)


class Genome(Section):
    """The assembly that reads were aligned to."""

    fasta: PathStr = Field(description="genome FASTA: plain, gzip or bgzip")
    exclude: PathStr | None = Field(None, description="BED of regions never used (rDNA, blacklist)")
    exclude_chromosomes: tuple[str, ...] = Field((), description="chromosomes never used for windows")


class FoldSplit(Section):
    """One fold by chromosomes, BED files or name patterns; what is not listed trains."""

    test: tuple[str, ...] = Field(
        min_length=1, description="chromosomes, BED files or regular expressions held out for test"
    )
    validation: tuple[str, ...] = Field(min_length=1, description="the same, for early stopping")
    train: tuple[str, ...] | None = Field(None, description="the same, for training; default: all the rest")


def _expanded(split: Any) -> Any:
    """A split's BED files with their environment variables replaced."""
    if not isinstance(split, dict):
        return split
    return {k: [expand_path(p) for p in v] if isinstance(v, list | tuple) else v for k, v in split.items()}


class Folds(Section):
    """How regions are split: given folds, or k folds of chromosomes balanced by length."""

    by: Literal["chromosome", "bed", "regex"] = Field("chromosome", description="what the entries of a split are")
    splits: dict[Name, FoldSplit] | None = Field(None, description="fold name -> split")
    k: Annotated[int, Field(ge=3, le=50)] | None = Field(
        None,
        description="instead of `splits`: number of chromosome folds; fold i tests part i and validates on part i + 1",
    )

    @model_validator(mode="before")
    @classmethod
    def _expand_bed_paths(cls, given: Any) -> Any:
        if not (isinstance(given, dict) and given.get("by") == "bed" and isinstance(given.get("splits"), dict)):
            return given
        return {**given, "splits": {name: _expanded(split) for name, split in given["splits"].items()}}

    @model_validator(mode="after")
    def _one_way(self) -> Folds:
        if (self.splits is None) == (self.k is None):
            raise ValueError("give exactly one of `splits` and `k`")
        if self.k is not None and self.by != "chromosome":
            raise ValueError(f"`k` folds are folds of chromosomes, got by={self.by}; list them under `splits`")
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
        return self


class PeakCounts(Counts):
    """The limits of peaks: few reads teach nothing."""

    min_counts: NonNegative | None = Field(20, description="fewest 5' ends in the output window")

    @model_validator(mode="before")
    @classmethod
    def _quantile_replaces_the_default(cls, given: Any) -> Any:
        return replaced_default(given, "min_counts", by="min_quantile")


class Prepare(Section):
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


class Architecture(Section):
    """A BPNet-style network; input length follows from these and the output length."""

    filters: Annotated[int, Field(ge=1)] = Field(64, description="channels of every trunk layer")
    layers: Annotated[int, Field(ge=0, le=14)] = Field(8, description="dilated convolutions, of dilation 2, 4, 8, ...")
    input_filter_width: Odd = Field(21, description="bp, first convolution")
    output_filter_width: Odd = Field(75, description="bp, profile head")

    def flank(self) -> int:
        """Bases needed on each side of the output."""
        return (self.input_filter_width - 1 + 2 ** (self.layers + 2) - 4 + self.output_filter_width - 1) // 2

    def input_length(self, output_length: int) -> int:
        """Input length in bp that gives `output_length` exactly."""
        return output_length + 2 * self.flank()


class Training(Section):
    """The one training loop's settings."""

    epochs: Annotated[int, Field(ge=1)] = Field(30, description="most epochs")
    batch_size: Annotated[int, Field(ge=1)] = Field(32, description="windows per step")
    learning_rate: Positive = Field(2e-3, description="Adam's step size at the start")
    weight_decay: NonNegative = Field(0.0, description="decoupled (AdamW); 0 is Adam")
    gradient_clip: Positive | None = Field(None, description="largest norm of the gradient; null for none")
    schedule: Literal["plateau", "cosine"] = Field(
        "cosine",
        description="lower the learning rate on a plateau, or along a cosine over `epochs` (with 5 % warm-up)",
    )
    plateau_patience: Annotated[int, Field(ge=1)] = Field(
        3, description="epochs without gain before the learning rate halves"
    )
    early_stopping_patience: Annotated[int, Field(ge=1)] = Field(
        10, description="epochs without gain before training stops"
    )
    average: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.99,
        description="decay of an exponential moving average of the weights, which is then what is kept; 0 for none",
    )
    jitter: Annotated[int, Field(ge=0)] = Field(
        200, description="bp, largest random shift of a window each way; 0 for none"
    )
    reverse_complement: bool = Field(True, description="show each window on a random strand")
    background_ratio: NonNegative = Field(
        0.5, description="background windows per peak in an epoch, redrawn each epoch"
    )
    precision: Literal["fp32", "bf16"] = Field("fp32", description="arithmetic of the convolutions in training")
    device: Literal["cpu", "cuda"] = Field("cpu", description="where to train; an absent GPU is an error")


class Loss(Section):
    """Weights of the loss of one head: multinomial NLL of the profile plus weighted squared error of log counts."""

    profile_weight: NonNegative = Field(1.0, description="weight of the profile's multinomial NLL")
    counts_weight: NonNegative | None = Field(None, description="fixed weight of the counts' squared error")
    counts_fraction: Annotated[float, Field(ge=0, lt=1)] | None = Field(
        None, description="instead: the counts' share of the loss, its weight adapted after each epoch"
    )
    pseudocount: NonNegative = Field(
        1.0, description="added to N before its logarithm; 0 leaves windows without reads out"
    )

    @model_validator(mode="before")
    @classmethod
    def _fraction_replaces_the_default(cls, given: Any) -> Any:
        return replaced_default(given, "counts_weight", by="counts_fraction")

    @model_validator(mode="after")
    def _one_weight(self) -> Loss:
        if self.counts_weight is None and self.counts_fraction is None:
            raise ValueError("give counts_weight or counts_fraction (both: the weight is where adaptation starts)")
        return self


class BiasLoss(Loss):
    """Background has few reads: their number weighs little."""

    counts_weight: NonNegative | None = Field(5.0, description="fixed weight of the counts' squared error")


class CombinedLoss(Loss):
    """The loss in peaks."""

    counts_weight: NonNegative | None = Field(20.0, description="fixed weight of the counts' squared error")


class BiasArchitecture(Architecture):
    """The bias model's network: small, so that it learns the enzyme and no more."""

    filters: Annotated[int, Field(ge=1)] = Field(32, description="channels of every trunk layer")
    layers: Annotated[int, Field(ge=0, le=14)] = Field(4, description="dilated convolutions, of dilation 2, 4, 8, ...")


class BiasTraining(Training):
    """The bias model's training; all of its windows are background, so `background_ratio` has no effect."""

    epochs: Annotated[int, Field(ge=1)] = Field(10, description="most epochs")
    background_ratio: NonNegative = Field(0.0, description="no effect here")


class Bias(Section):
    """The solo model of the assay's own sequence preference, trained on background."""

    architecture: BiasArchitecture = BiasArchitecture()
    training: BiasTraining = BiasTraining()
    loss: BiasLoss = BiasLoss()
    thresholds: tuple[Positive, ...] = Field(
        (0.5, 1.0, 2.0),
        min_length=1,
        description="swept: kept is background with fewer 5' ends than this many times a low quantile of the peaks",
    )
    threshold_quantile: Fraction = Field(0.01, description="the quantile of peak counts that `thresholds` multiply")
    min_windows: Annotated[int, Field(ge=1)] = Field(500, description="fewest training windows a threshold may leave")
    min_window_counts: NonNegative = Field(5, description="fewest 5' ends a bias training window may have")


RegressionType = Literal["linear", "sigmoid", "relu"]


class Regression(Section):
    """`passthrough`, or the sum of the listed functions of the bias model's output."""

    name: Literal["passthrough", "simple"] = Field(
        "simple", description="leave the output as it is, or fit `types` to it"
    )
    types: tuple[RegressionType, ...] = Field(("linear",), description="functions whose sum is fitted")

    @model_validator(mode="after")
    def _types_fit(self) -> Regression:
        if self.name == "simple" and not self.types:
            raise ValueError("simple needs at least one of linear, sigmoid, relu; or use name: passthrough")
        return self


class Transformation(Section):
    """A few parameters that fit the bias model to the experiment's scale."""

    profile: Regression = Regression()
    counts: Regression = Regression()
    most_windows: Annotated[int, Field(ge=1)] = Field(
        4096, description="peaks that the parameters are fitted to, at most; drawn if there are more"
    )
    loss: BiasLoss = BiasLoss()


class Combined(Section):
    """Frozen transformed bias plus residual model."""

    architecture: Architecture = Architecture()
    training: Training = Training()
    loss: CombinedLoss = CombinedLoss()
    heads: dict[Name, CombinedLoss] = Field({}, description="head name -> its own loss instead of `loss`")
    use_bias_counts: bool = Field(False, description="log-counts: logaddexp of bias and residual, else residual alone")


class Evaluate(Section):
    """Predictions, metrics, footprints."""

    min_counts: NonNegative = Field(20, description="fewest 5' ends a window may have to be scored")
    edge: Annotated[int, Field(ge=0)] = Field(
        0, description="bp: windows whose centre is nearer a chromosome end are left out"
    )
    footprint_backgrounds: Annotated[int, Field(ge=1)] = Field(
        500, description="background sequences a motif is put into"
    )
    bias_motifs: tuple[Annotated[str, Field(pattern="^[ACGTacgt]+$")], ...] = Field(
        (), description="the enzyme's motifs; empty: those most preferred by the position-weight bias model"
    )
    motifs: dict[Name, Annotated[str, Field(pattern="^[ACGTacgt]+$")]] = Field(
        {}, description="name -> sequence, for marginal footprints"
    )


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
    footprint_depth: Annotated[float, Field(gt=0, le=1)] = Field(
        0.3, description="cut rate where a factor is bound, relative to the bases beside it; 1 for none"
    )
    bias_strength: NonNegative = Field(1.0, description="scale of the enzyme's log preference; 0 for none")
    seed: Annotated[int, Field(ge=0)] = Field(1, description="seed of the simulation")

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


class Config(Section):
    """A whole run. A stage runs if its section is there."""

    results: PathStr = Field("results", description="folder that everything is written into")
    seed: Annotated[int, Field(ge=0)] = Field(1, description="seed of every random choice")
    output_length: Even = Field(1000, description="bp predicted at base resolution")
    threads: Annotated[int, Field(ge=1)] = Field(2, description="threads of a training job")
    genome: Genome
    samples: PathStr = Field(description="TSV, one row per track; see below")
    folds: Folds
    prepare: Prepare = Prepare()
    bias: Bias | None = None
    transformation: Transformation | None = None
    combined: Combined | None = None
    evaluate: Evaluate = Evaluate()
    simulate: Simulate | None = None

    @model_validator(mode="after")
    def _chain(self) -> Config:
        if self.transformation is not None and self.bias is None:
            raise ValueError("transformation needs the bias section")
        if self.combined is not None and self.transformation is None:
            raise ValueError("combined needs the transformation section (use name: passthrough for none)")
        wide, narrow = (m and m.architecture.flank() for m in (self.combined, self.bias))
        if wide is not None and narrow is not None and narrow > wide:
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
