"""The one schema of a run: what `config.yaml` may say (the sample sheet's is `samples`).

Rules import this module, so it imports neither torch nor numpy. Every model is frozen and refuses unknown
keys. A path may name an environment variable with a default, `${NAME:-default}`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic.fields import FieldInfo

from cisgrammar.config.ablation import Ablation, Part
from cisgrammar.config.binding import Binding
from cisgrammar.config.discover import Discover
from cisgrammar.config.fields import (
    ConfigError,
    Even,
    Name,
    NonNegative,
    PathStr,
    Section,
    Seed,
    faults_of,
    write_key,
)
from cisgrammar.config.figures import Figures
from cisgrammar.config.prepare import Folds, Genome, Prepare
from cisgrammar.config.profile import Bias, Combined, Evaluate, Transformation
from cisgrammar.config.read.kinds import Fault, Key, one_line, read_section
from cisgrammar.config.simulate import FactorName, SimulateSelex
from cisgrammar.config.splice import SimulateGenes, Splice
from cisgrammar.config.tracks.browser import Browser
from cisgrammar.config.tracks.predict import Predict, predict_faults
from cisgrammar.config.variants import Variants

TRUTH_FILES = ("truth.json", "truth_rates.h5", "truth_sites.tsv", "truth_pairs.tsv")
"""What the folder of a simulated genome's truth holds."""


class Simulate(Section):
    """A genome with known truth, from which reads are drawn."""

    chromosomes: Annotated[int, Field(ge=3)] = Field(6, description="number of chromosomes")
    chromosome_length: Annotated[int, Field(ge=10_000)] = Field(600_000, description="bp, each")
    gc: Annotated[float, Field(gt=0, lt=1)] = Field(0.4, description="GC content")
    peaks_per_chromosome: Annotated[int, Field(ge=1)] = Field(240, description="accessible sites on each chromosome")
    factors: Annotated[tuple[FactorName, ...], Field(min_length=1)] = Field(
        ("REB1", "CBF1", "GATA"),
        description="factors whose sites are planted. Beside three strong activators there are GZF3, weaker and with a "
        "matrix like that of GATA, RAP1 in 3 % of the peaks, RPN4 (0.2 ln), the repressor ROX1, which leaves no "
        "footprint, and GCN4, a passenger without effect",
    )
    fragments: Annotated[int, Field(ge=1)] = Field(400_000, description="fragments drawn; each gives two 5' ends")
    fraction_in_peaks: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.65, description="share of the cuts of an enzyme without preference that fall into peaks"
    )
    strength_spread: NonNegative = Field(
        0.35, description="standard deviation of a peak's ln strength that its motifs do not explain"
    )
    pair_share: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.8,
        description="share of REB1's sites that have a second one within 16 bp, a seventh of them on the other strand",
    )
    pair_offsets: tuple[Annotated[int, Field(ge=8, le=16)], ...] = Field(
        (9, 11),
        description="bp between the starts of two on one strand, favoured: such a pair does more than its sites",
    )
    pair_effects: tuple[float, ...] = Field(
        (1.6, 1.2),
        description="what each favoured distance adds to a peak's ln strength beyond both sites; others add nothing",
    )
    mismatch_effect: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0,
        description="part of its effect that a site keeps with each base that differs from its factor's, of those that "
        "are all but certain (8 of REB1, 9 of the others); 1: any planted site acts in full",
    )
    chance_words: Annotated[int, Field(ge=0, le=2)] = Field(
        2,
        description="words like a factor's that were not planted are taken out of the sequence, with so many other "
        "letters of those 9 or fewer. Shuffled sequence holds them: with 2, q-values against shuffles are above the "
        "share of false hits",
    )
    footprint_depth: Annotated[float, Field(gt=0, le=1)] = Field(
        0.3, description="cut rate where a factor is bound, relative to the bases beside it; 1 for none"
    )
    variants: Annotated[int, Field(ge=0)] = Field(
        0,
        description="variants with known effects, on the last third of the chromosomes: two in five of them at planted "
        "sites, the others in peaks and outside without an effect (results/simulate/variants.vcf, truth_variants.tsv); "
        "needs a `mismatch_effect` below 1",
    )
    bias_strength: NonNegative = Field(1.0, description="scale of the enzyme's log preference; 0 for none")
    seed: Seed = Field(1, description="seed of the simulation")

    @model_validator(mode="after")
    def _something_opens(self) -> Simulate:
        if len(set(self.factors)) < len(self.factors):
            raise ValueError(f"factors: {', '.join(self.factors)} names one twice; give each once")
        if not set(self.factors) & {"REB1", "CBF1", "GATA"}:
            raise ValueError("factors: REB1, CBF1 or GATA must be among them: the others open too few peaks")
        return self

    @model_validator(mode="after")
    def _broken_sites_lose_their_effect(self) -> Simulate:
        if self.variants and self.mismatch_effect == 1:
            raise ValueError(
                "variants: with mismatch_effect 1 a broken site keeps all of its effect, so that no variant changes "
                "anything; give a mismatch_effect below 1, as 0.3"
            )
        return self

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
    seed: Seed = Field(1, description="seed of every random choice")
    output_length: Even = Field(1000, description="bp predicted at base resolution")
    threads: Annotated[int, Field(ge=1, le=1024)] = Field(2, description="threads of a training job")
    resources: Resources = Resources()
    container: PathStr = Field(
        "containers/cisgrammar-cpu.sif", description="image that `snakemake --sdm apptainer` runs the jobs in"
    )
    samples: PathStr | None = Field(None, description="TSV, one row per track; see below. Needs `genome` and `folds`")
    barcodes: PathStr | None = Field(
        None,
        description="table of barcode and group, by which files of fragments are split where the sheet's column "
        "`barcodes` asks for it",
    )
    genome: Genome | None = None
    folds: Folds | None = None
    prepare: Prepare = Prepare()
    bias: Bias | None = None
    transformation: Transformation | None = None
    combined: Combined | None = None
    evaluate: Evaluate = Evaluate()
    predict: Predict | None = None
    browser: Browser | None = None
    binding: Binding | None = None
    splice: Splice | None = None
    discover: Discover | None = None
    ablation: Ablation | None = None
    variants: Variants | None = None
    figures: Figures = Figures()
    truth: PathStr | None = Field(
        None,
        description="folder with the truth of simulated data (truth.json, truth_rates.h5, truth_sites.tsv, "
        "truth_pairs.tsv; selex/truth.json beside the reads), to be judged against; default: that of `simulate`",
    )
    simulate: Simulate | None = None
    simulate_selex: SimulateSelex | None = None
    simulate_genes: SimulateGenes | None = None

    @property
    def networks(self) -> list[Bias | Combined]:
        """The sections whose networks are trained."""
        return [section for section in (self.bias and self.bias.trained, self.combined) if section]

    @model_validator(mode="before")
    @classmethod
    def _one_part_without_bias(cls, given: Any) -> Any:
        return given if not isinstance(given, Mapping) or given.get("bias") is not None else _of_one_part(given)

    @model_validator(mode="after")
    def _chain(self) -> Config:
        given = {name for name in type(self).model_fields if getattr(self, name) is not None}
        faults = missing_sections(given)
        faults += predict_faults(self.predict, "genome" in given, "bias" in given or "combined" in given)
        if self.splice is not None and self.splice.genes.fasta is None and self.genome is None:
            faults.append("splice.genes.fasta: needed in a run without the section `genome`")
        if self.ablation is not None and not self.discover and not self.ablation.has_sites(self.binding is not None):
            faults.append(
                "ablation has no sites: give annotations, motifs, consensus, or a section binding or discover"
            )
        faults += _variant_models(self.variants, given) if self.variants is not None else []
        if self.bias is not None and self.bias.model is not None and self.combined is None:
            faults.append("bias.model needs the section combined: by itself there is nothing to train")
        if self.bias is None and self.combined is not None:
            faults += _what_needs_bias(self.combined, self.ablation)
        if faults:
            raise ValueError("\n".join(faults))
        return self

    @model_validator(mode="after")
    def _footprints_fit(self) -> Config:
        named = [(f"motifs.{name}", motif) for name, motif in self.evaluate.motifs.items()]
        named += [(f"bias_motifs.{number}", motif) for number, motif in enumerate(self.evaluate.bias_motifs)]
        faults = [
            f"evaluate.{key}: {len(motif)} bp do not fit into output_length, {self.output_length} bp; shorten it"
            for key, motif in named
            if len(motif) > self.output_length
        ]
        if faults:
            raise ValueError("\n".join(faults))
        return self

    @model_validator(mode="after")
    def _residual_sees_as_far_as_bias(self) -> Config:
        if self.bias is None or self.combined is None or self.bias.model is not None:
            return self
        wide, narrow = self.combined.architecture.flank(), self.bias.architecture.flank()
        if narrow > wide:
            raise ValueError(
                f"bias.architecture sees {narrow} bp beside the output, combined.architecture only {wide}; "
                "the residual model must see at least as far"
            )
        return self


def missing_sections(given: Collection[str]) -> list[str]:
    """A line for each section that another one needs and that is not there; `given` are those that are."""
    if not {"samples", "binding", "splice", "predict", "variants"} & set(given):
        return [
            "nothing to run: give `samples` (with `genome` and `folds`), `binding`, `splice`, `predict` or `variants`"
        ]
    faults = []
    missing = [name for name in ("genome", "folds") if name not in given]
    if "samples" in given and missing:
        faults.append(f"samples needs the sections genome and folds; missing: {', '.join(missing)}")
    for name, (needed, why) in _NEEDED.items():
        if name in given and needed not in given:
            faults.append(f"{name} needs {why}")
    if {"combined", "bias"} <= set(given) and "transformation" not in given:
        faults.append("combined needs the transformation section (use name: passthrough for none)")
    return faults


def _variant_models(variants: Variants, given: Collection[str]) -> list[str]:
    """A line for each kind of score that has neither models of its own nor a stage of the run."""
    parts = (
        ("profile.models", variants.profile is not None and not variants.profile.models, "combined"),
        ("binding.models", variants.binding is not None and not variants.binding.models, "binding"),
        ("splice.weights", variants.splice is not None and not variants.splice.weights, "splice"),
    )
    splice = variants.splice
    genes = ["variants.splice.genes: give a GTF, a GFF3 or SpliceAI's table, or the section splice"]
    lacking = genes if splice is not None and splice.genes is None and "splice" not in given else []
    return lacking + [
        f"variants.{key}: give files, or the section {stage}, whose models are taken then"
        for key, missing, stage in parts
        if missing and stage not in given
    ]


_NEEDED = {
    "barcodes": ("samples", "samples: the sheet whose column `barcodes` names groups"),
    "bias": ("samples", "samples: the sheet of the tracks that it is trained on"),
    "transformation": ("bias", "the bias section"),
    "combined": ("samples", "samples: the sheet of the tracks that it is trained on"),
    "browser": ("genome", "the genome section"),
    "discover": ("combined", "the combined section: the model whose contributions are looked at"),
    "ablation": ("combined", "the combined section: the model whose sites are ablated"),
    "variants": ("genome", "the genome section: the assembly that the variants were called on"),
}


def _of_one_part(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """A config without bias, whose model has one part: what ablation looks at where the config does not say."""
    ablation = given.get("ablation")
    if not isinstance(ablation, Mapping):
        return given
    changed = {"models": [_WHOLE], **ablation}
    if isinstance(wanted := ablation.get("contributions"), Mapping):
        changed["contributions"] = {"model": _WHOLE, **wanted}
    return {**given, "ablation": changed}


def _what_needs_bias(combined: Combined, ablation: Ablation | None) -> list[str]:
    """A line for each setting that has no meaning in a run without the section `bias`."""
    faults = []
    if combined.use_bias_counts:
        faults.append("combined.use_bias_counts: true, but the run has no section bias; take it out")
    named = {"models": ablation.models} if ablation else {}
    if ablation and ablation.contributions:
        named["contributions.model"] = (ablation.contributions.model,)
    for key, parts in named.items():
        if other := [part for part in parts if part != _WHOLE]:
            faults.append(
                f"ablation.{key}: {', '.join(other)}: without the section bias the model has one part; say {_WHOLE}"
            )
    return faults


_WHOLE: Part = "combined"
"""The part of a profile model that every run has."""


def parse_config(raw: Mapping[str, Any]) -> Config:
    """Validate a config as read from YAML; ConfigError lists every bad key, a line each."""
    config, faults = parse_what_is_sound(raw)
    if faults:
        raise ConfigError("bad config:\n  " + "\n  ".join(faults))
    return config


def parse_what_is_sound(raw: Mapping[str, Any]) -> tuple[Config, list[str]]:
    """The config made of the sections that are sound, and a line for each fault of the others.

    With faults the config may lack what its sections need of each other: it serves to look at the rest of the inputs.
    """
    kinds: list[Fault] = []
    values = read_section(Config, raw, (), kinds, Config)
    faults = list(kinds)
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        said = [fault.key for fault in kinds]
        faults += [fault for fault in faults_of(error, Config) if not any(_same_place(fault.key, key) for key in said)]
    else:
        if not kinds:
            return config, []
    if not any(fault.key == () for fault in faults):
        present = {str(name) for name, value in raw.items() if value is not None}
        faults += [Fault((), line) for line in missing_sections(present)]
    order = {str(name): index for index, name in enumerate(raw)}
    faults.sort(key=lambda fault: order.get(str(fault.key[0]), -1) if fault.key else len(order))
    lines = [line for fault in faults for line in _lines(fault)]
    return _of_sections({name: values[name] for name in values if not any(f.key[:1] == (name,) for f in faults)}), lines


def _same_place(one: Key, other: Key) -> bool:
    """Whether one key is the other or in it."""
    return one[: len(other)] == other[: len(one)]


def _lines(fault: Fault) -> list[str]:
    if not fault.key:
        return fault.message.splitlines()
    return [one_line(f"{write_key(fault.key)}: {fault.message}")]


def _of_sections(values: Mapping[str, Any]) -> Config:
    """A config of sections that are valid by themselves, not held against each other."""
    fields = Config.model_fields
    parsed = {name: TypeAdapter(_with_limits(fields[name])).validate_python(value) for name, value in values.items()}
    return Config.model_construct(**parsed)


def _with_limits(field: FieldInfo) -> Any:
    return Annotated[field.annotation, field] if field.metadata else field.annotation
