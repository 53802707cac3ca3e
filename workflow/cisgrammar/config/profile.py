"""The config's sections of the profile models: bias, transformation, combined, and their evaluation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from cisgrammar.config.fields import Fraction, Name, NonNegative, Odd, PathStr, Positive, Section, replaced_default
from cisgrammar.config.receptive_field import receptive_flank
from cisgrammar.config.training import PeakTraining, WindowTraining


class Architecture(Section):
    """A BPNet-style network; input length follows from these and the output length."""

    filters: Annotated[int, Field(ge=1)] = Field(64, description="channels of every trunk layer")
    layers: Annotated[int, Field(ge=0, le=14)] = Field(8, description="dilated convolutions, of dilation 2, 4, 8, ...")
    input_filter_width: Odd = Field(21, description="bp, first convolution")
    output_filter_width: Odd = Field(75, description="bp, profile head")

    def flank(self) -> int:
        """Bases needed on each side of the output."""
        return receptive_flank(self.layers, self.input_filter_width, self.output_filter_width)

    def input_length(self, output_length: int) -> int:
        """Input length in bp that gives `output_length` exactly."""
        return output_length + 2 * self.flank()


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


class BiasTraining(WindowTraining):
    """The bias model's training; all of its windows are background."""

    epochs: Annotated[int, Field(ge=1)] = Field(10, description="most epochs")


_NO_THRESHOLD = 1000.0
_OF_GIVEN = ("model", "training")


class Bias(Section):
    """The solo model of the assay's own sequence preference, trained on background."""

    model: PathStr | None = Field(
        None,
        description="a bias model that is there: of another run (`bias/<sample>/<fold>/model.safetensors`), of "
        "BPReveal (.keras) or of ChromBPNet (.h5). None is trained then; of the other keys of this section only "
        "`training.jitter` counts, which windows keep room for",
    )
    share: Literal["sample", "group"] = Field(
        "sample",
        description="one bias model for each sample, or for each `group` of the sample sheet, trained on the reads of "
        "its samples together",
    )
    reads: tuple[Name, ...] = Field(
        (),
        description="samples of the sheet that are cuts of naked DNA, or another control: the bias model is trained on "
        "their reads alone, and they get no combined model. With `share: group` each group takes its own",
    )
    architecture: BiasArchitecture = BiasArchitecture()
    training: BiasTraining = BiasTraining()
    loss: BiasLoss = BiasLoss()
    thresholds: tuple[Positive, ...] = Field(
        (0.5, 1.0, 2.0),
        min_length=1,
        description="swept: kept is background with fewer 5' ends than this many times a low quantile of the peaks; "
        f"with `reads`, which have no peaks, {_NO_THRESHOLD:g}: all of it",
    )
    sweep: Literal["first_fold", "every_fold"] = Field(
        "first_fold",
        description="where `thresholds` are compared: in the first fold, whose choice serves all folds; or in each",
    )
    threshold_quantile: Fraction = Field(0.01, description="the quantile of peak counts that `thresholds` multiply")
    min_windows: Annotated[int, Field(ge=1)] = Field(500, description="fewest training windows a threshold may leave")
    min_window_counts: NonNegative = Field(5, description="fewest 5' ends a bias training window may have")

    @model_validator(mode="before")
    @classmethod
    def _reads_without_peaks(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("reads") and given.get("thresholds") is None:
            return {**given, "thresholds": [_NO_THRESHOLD]}
        return given

    @model_validator(mode="after")
    def _given_or_trained(self) -> Bias:
        fields = type(self).model_fields
        others = [name for name in fields if name not in _OF_GIVEN and getattr(self, name) != fields[name].default]
        if self.training.model_copy(update={"jitter": 0}) != BiasTraining(jitter=0):
            others.append("training but for jitter")
        if self.model is not None and others:
            raise ValueError(f"model: {self.model} is given, so {', '.join(others)} is not used; take one of them out")
        return self

    @property
    def trained(self) -> Bias | None:
        """The section, if it trains a model; None if one is given."""
        return self if self.model is None else None

    @model_validator(mode="after")
    def _thresholds_have_their_own_folders(self) -> Bias:
        names = [f"{value:g}" for value in self.thresholds]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"thresholds: {twice[0]} is given twice (to 6 digits); give each once")
        return self


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


class Counts(Section):
    """Networks of their own for ln N, and the line on k-mers, that are blended with the residual's counts head."""

    networks: Annotated[int, Field(ge=1)] = Field(
        2, description="networks, alike but for starting weights and order of windows; their mean is used"
    )

    channels: Annotated[int, Field(ge=1)] = Field(32, description="channels of a network")
    layers: Annotated[int, Field(ge=0, le=10)] = Field(
        5, description="dilated convolutions, of dilation 1, 2, 4, ... bins of 32 bp"
    )
    bases: Positive = Field(
        60e6, description="bases of training windows that local rates are learned on, in 8 to 16 epochs"
    )
    steps: Annotated[int, Field(ge=1)] = Field(160, description="batches of 32 peaks that totals are learned on")
    kmer: Annotated[int, Field(ge=0, le=7)] = Field(6, description="bp of the k-mers of the line; 0 leaves it out")
    words: Annotated[int, Field(ge=0)] = Field(
        16, description="words with a gap (ACCCNACAT) that the line has at most; taken if they are above chance"
    )


class Combined(Section):
    """Frozen transformed bias plus residual model."""

    architecture: Architecture = Architecture()
    training: PeakTraining = PeakTraining()
    loss: CombinedLoss = CombinedLoss()
    heads: dict[Name, CombinedLoss] = Field({}, description="head name -> its own loss instead of `loss`")
    start: PathStr | None = Field(
        None,
        description="a residual or combined model whose weights training starts from (of a run, .keras of BPReveal, "
        ".h5 of ChromBPNet); its shape must be that of `architecture`. Give one that has not seen the test chromosomes",
    )
    use_bias_counts: bool = Field(False, description="log-counts: logaddexp of bias and residual, else residual alone")
    counts: Counts | None = Field(
        None,
        description="learn ln N by networks of their own too (`{}`: with the defaults); null, and with "
        "`use_bias_counts`: by the residual's counts head alone",
    )

    @property
    def blended(self) -> Counts | None:
        """How ln N is learned by networks of their own; None if the residual's counts head stands alone."""
        return None if self.use_bias_counts else self.counts


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
