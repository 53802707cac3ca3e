"""A run: its config with the sheets that it names, and what rules take of both."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

from cisgrammar.config.binding import BindingModel
from cisgrammar.config.fields import ConfigError
from cisgrammar.config.read.fold_files import with_fold_files
from cisgrammar.config.read.groups import read_grouped_samples
from cisgrammar.config.read.names import check_apart
from cisgrammar.config.samples import BiasSources, Track, bias_sources, check_controls, check_heads
from cisgrammar.config.schema import Config, parse_config
from cisgrammar.config.selex_sheet import SelexLibrary, check_models, read_selex_sheet
from cisgrammar.config.splice import FRAME_TABLES
from cisgrammar.figures.catalogue import figures_of
from cisgrammar.figures.entry import Figure
from cisgrammar.run.predicting import Prediction, predictions_of
from cisgrammar.run.sample_files import SampleFiles, section
from cisgrammar.run.variant_files import VariantFiles

CHOSEN = "chosen"
"""The folder of the threshold that another fold's sweep has chosen."""
# Read by `evaluate_profiles` alone.
_ONLY_FOR_FOOTPRINTS = ("footprint_backgrounds", "bias_motifs", "motifs")


def growing(amount: int) -> Callable[[Any, int], int]:
    """A resource that doubles, trebles, ... with each retry of a job."""

    def grown(wildcards: Any, attempt: int) -> int:
        return amount * attempt

    return grown


def one_of(names: Iterable[str]) -> str:
    """A regular expression that matches these names and nothing else."""
    return "|".join(map(re.escape, names)) or "(?!)"


def read_sheets(config: Config) -> tuple[dict[str, list[Track]], dict[str, list[SelexLibrary]]]:
    """The sheets of tracks and of libraries, empty where the config names none; ConfigError with all faults of both."""
    samples: dict[str, list[Track]] = {}
    libraries: dict[str, list[SelexLibrary]] = {}
    faults: list[str] = []
    try:
        samples = read_grouped_samples(config)
    except ConfigError as error:
        faults.append(str(error))
    try:
        libraries = read_selex_sheet(config.binding.libraries) if config.binding else {}
    except ConfigError as error:
        faults.append(str(error))
    if faults:
        raise ConfigError("\n".join(faults))
    return samples, libraries


# Snakemake words each function of a rule, and with it the run that it is a method of: a short text does.
@dataclass(frozen=True, repr=False)
class Run(SampleFiles, VariantFiles):
    """A config and its sheets.

    Attributes
    ----------
    config
        The whole config.
    samples
        Sample -> rows of the sample sheet; empty without one.
    libraries
        Binding model -> rows of the SELEX sheet; empty without one.
    figures
        Name -> each figure that is drawn, in the order of the report.
    sources
        Whose reads the bias models are trained on.
    began
        Seconds since the epoch: jobs of this run start later.
    """

    config: Config
    samples: Mapping[str, Sequence[Track]]
    libraries: Mapping[str, Sequence[SelexLibrary]]
    figures: Mapping[str, Figure]
    sources: BiasSources
    began: float = field(default_factory=time.time)

    @classmethod
    def of(cls, raw: dict[str, Any]) -> Run:
        """Read a config, as a dictionary, and its sheets; ConfigError names each key or row that cannot be run."""
        config = with_fold_files(parse_config(raw))
        samples, libraries = read_sheets(config)
        check_heads(config.combined.heads if config.combined else (), samples)
        check_controls(config.combined, samples)
        check_models(config.binding.models if config.binding else (), libraries)
        named = {model: [row.library for row in rows] for model, rows in libraries.items()}
        folds = config.folds.names if config.folds else []
        check_apart(config.results, samples, folds, named, config.splice is not None)
        return cls(config, samples, libraries, figures_of(config), bias_sources(config.bias, samples))

    @property
    def folds(self) -> list[str]:
        """Names of the folds."""
        return self.config.folds.names if self.config.folds else []

    @property
    def thresholds(self) -> list[str]:
        """The bias model's thresholds, as their folders are called."""
        return [f"{value:g}" for value in self.config.bias.thresholds] if self.config.bias else []

    def sweeps(self, fold: str) -> bool:
        """Whether the bias model's thresholds are compared in a fold; else it takes the choice of the first fold."""
        bias = self.config.bias
        return bias is not None and (bias.sweep == "every_fold" or len(bias.thresholds) == 1 or fold == self.folds[0])

    def thresholds_of(self, fold: str) -> list[str]:
        """The thresholds whose models are trained in a fold, as their folders are called."""
        return self.thresholds if self.sweeps(fold) else [CHOSEN]

    def of_thresholds(self, file: str) -> Callable[[Any], list[str]]:
        """A file of the bias model of every threshold that a fold trains."""

        def paths(wildcards: Any) -> list[str]:
            folder = f"{self.config.results}/bias/{wildcards.sample}/{wildcards.fold}"
            return [f"{folder}/threshold_{name}/{file}" for name in self.thresholds_of(wildcards.fold)]

        return paths

    def swept_elsewhere(self, wildcards: Any) -> list[str]:
        """The verdict of the fold whose sweep of thresholds serves this one; nothing for a fold that sweeps itself."""
        verdict = f"{self.config.results}/bias/{wildcards.sample}/{self.folds[0]}/verdict.json"
        return [] if self.sweeps(wildcards.fold) else [verdict]

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """What a path is filled in with: wildcard -> its values."""
        return {
            **{"sample": list(self.sources.of_sample), "fold": self.folds, "model": list(self.libraries)},
            "fragments": list(self.splitting.files),
            "prediction": list(self.predictions),
            "set": sorted({part.name for part in self.predictions.values() if part.settings.fasta}),
        }

    def names_of(self, rule: str) -> dict[str, list[str]]:
        """What paths of a rule are filled in with: bias models may be those of pools of samples."""
        sheet, pools = list(self.samples), list(self.sources.pools)
        sources = list(dict.fromkeys(self.sources.of_sample.values()))
        own = {
            "count_reads": sheet,
            "count_control": self.controlled,
            "pool_reads": pools,
            "train_bias": sources,
            "choose_bias": sources,
        }
        own |= {name: [*sheet, *pools] for name in ("select_regions", "preflight")}
        return {**self.names, "sample": own.get(rule, self.names["sample"])}

    @cached_property
    def wildcards(self) -> dict[str, str]:
        """Wildcard -> what it may be: names of the config and of its sheets, so that no other file is asked for."""
        named = {name: self.all_names[name] for name in (*self.names, "threshold", "library", "source", "factors")}
        return {name: one_of(values) for name, values in named.items()}

    @cached_property
    def all_names(self) -> dict[str, list[str]]:
        """Wildcard of the stages' files -> its values in this run."""
        shards = max([part.shards for part in (self.config.ablation, self.config.discover) if part], default=0)
        return {
            **self.names,
            "sample": [*self.samples, *self.sources.pools],
            "threshold": [*self.thresholds, CHOSEN],
            "library": sorted({row.library for rows in self.libraries.values() for row in rows}),
            "seed": [str(fit) for fit in self.fits],
            "shard": [str(shard) for shard in range(shards)],
            "source": self.profile_sources,
            "factors": list(self.affinity_models),
        }

    def combinations(self, rule: str, wildcards: Collection[str]) -> Iterator[dict[str, str]]:
        """Every job of a rule: libraries of their model, thresholds of their fold, only pairs that there are."""
        models = {"fit_cooperativity": self.models_with_pairs, "compare_selex": self.simulated_models}
        names = {**self.all_names, **self.names_of(rule), "model": models.get(rule, list(self.libraries))}
        part = self.config.discover if rule == "attribute_windows" else self.config.ablation
        names["shard"] = names["shard"][: part.shards if part else 0]
        asked = list(dict.fromkeys(wildcards))
        for values in product(*(names[name] for name in asked)):
            found = dict(zip(asked, values, strict=True))
            own = "library" not in found or found["library"] in self.libraries_of(found["model"])
            if own and ("threshold" not in found or found["threshold"] in self.thresholds_of(found["fold"])):
                yield found

    @property
    def places(self) -> list[tuple[str, str]]:
        """Every sample that is modelled with every fold."""
        return [(sample, fold) for sample in self.names["sample"] for fold in self.folds]

    @property
    def bias_places(self) -> list[tuple[str, str]]:
        """Every sample or pool that has a bias model with every fold."""
        owners = self.names_of("choose_bias" if self.config.bias and self.config.bias.trained else "import_bias")
        return [(owner, fold) for owner in owners["sample"] for fold in self.folds]

    def mirror(self, folder: str) -> str:
        """The folder in which `folder` mirrors the results: logs for results, logs/yeast for results/yeast."""
        results = Path(self.config.results)
        parts = [part for part in results.parts if part not in (results.anchor, "..")]
        return str(Path(folder, *(parts[1:] if parts[:1] == ["results"] else parts)))

    # Resources and params of any rule

    def gpu(self, device: str, number: int = 1) -> dict[str, int | str]:
        """What a job that works on `device` asks a cluster for beside memory and time; nothing for a CPU."""
        if device != "cuda":
            return {}
        asked = {"slurm_partition": self.config.resources.gpu_partition, "gpu_model": self.config.resources.gpu_model}
        return {"gpu": number, **{name: value for name, value in asked.items() if value is not None}}

    def checkpoints(self, stage: str) -> Callable[[Any], str]:
        """The folder of a training job's checkpoints: no output, for Snakemake deletes a failed job's outputs."""

        def folder(wildcards: Collection[str]) -> str:
            return str(Path(self.config.results, "checkpoints", stage, *wildcards))

        return folder

    def with_bias(self, **files: str) -> dict[str, str]:
        """Files that a run has only with the section `bias`: name -> path."""
        return files if self.config.bias else {}

    def counts_files(self) -> dict[str, str]:
        """The files of the training of networks of counts and of what was chosen, if the run has such networks."""
        if self.config.combined is None or self.config.combined.blended is None:
            return {}
        folder = "<results>/combined/{sample}/{fold}"
        return {"counts_history": f"{folder}/counts_history.tsv", "counts_choice": f"{folder}/counts.json"}

    @property
    def scored_windows(self) -> dict[str, Any]:
        """What of the section `evaluate` says which windows are scored."""
        return section(self.config.evaluate, *_ONLY_FOR_FOOTPRINTS)

    # Samples

    @property
    def input_length(self) -> int:
        """Bases that the widest model of this run sees for one window."""
        length = self.config.output_length
        return max([model.architecture.input_length(length) for model in self.config.networks], default=length)

    @property
    def jitter(self) -> int:
        """The largest random shift of a window in any training of this run, in bp."""
        return max([model.training.jitter for model in (self.config.bias, self.config.combined) if model], default=0)

    @property
    def tiles(self) -> dict[str, int]:
        """Where candidates for background are, and how wide, in bp."""
        stride, reach = self.config.prepare.background_stride, self.input_length + 2 * self.jitter
        return {"stride": stride, "output_length": self.config.output_length, "reach": reach}

    @property
    def checked_settings(self) -> dict[str, Any]:
        """What of the config the checks look at; a change of anything else runs neither them nor training again.

        Of a network they look at how far it sees, which `filters` does not change.
        """
        whole = {"genome", "samples", "folds", "prepare", "output_length"}
        plain = self.config.model_dump(mode="json", include=whole | {"bias", "transformation", "combined"})
        for stage in {"bias", "combined"} & {name for name, value in plain.items() if value is not None}:
            if plain[stage].get("model"):
                plain[stage] = {
                    "model": plain[stage]["model"],
                    "training": {"jitter": plain[stage]["training"]["jitter"]},
                }
                continue
            training = {"jitter": plain[stage]["training"]["jitter"]}
            network = {name: value for name, value in plain[stage]["architecture"].items() if name != "filters"}
            plain[stage] = {"architecture": network, "training": training}
        return {**plain, "transformation": None if plain["transformation"] is None else {}}

    # Predictions of regions and sequences of one's own

    @cached_property
    def predictions(self) -> dict[str, Prediction]:
        """Folder below `predict/sets` -> a set of regions and the models that predict it."""
        return predictions_of(self.config, self.samples)

    # Truth of simulated data

    @property
    def known_truth(self) -> bool:
        """Whether what the genome and its reads hold is known: they were simulated, here or elsewhere."""
        return bool(self.samples and (self.config.simulate or self.config.truth))

    def truth(self, *names: str) -> dict[str, str]:
        """Files of the truth of a simulated genome: name without suffix -> path; none where it is not known."""
        folder = self.config.truth or "<results>/simulate"
        return {name.split(".")[0]: f"{folder}/{name}" for name in names} if self.known_truth else {}

    def selex_truth(self, wildcards: Any) -> list[str]:
        """The truth of the reads that a binding model is fitted to, if they are simulated ones."""
        folder = self.config.truth or f"{self.config.results}/simulate"
        return [f"{folder}/selex/truth.json"] if wildcards.model in self.simulated_models else []

    # SELEX libraries

    def model_settings(self, model: str) -> BindingModel:
        """The settings of one binding model; those that the config does not list take the defaults."""
        named = self.config.binding.models if self.config.binding else {}
        return named.get(model) or BindingModel()

    def binding_model(self, wildcards: Any) -> dict[str, Any]:
        """The settings of one binding model as plain values."""
        return section(self.model_settings(wildcards.model))

    def selex_rows(self, wildcards: Any) -> list[dict[str, Any]]:
        """The rows of the SELEX sheet of one model, as plain values."""
        return [section(row) for row in self.libraries[wildcards.model]]

    def selex_row(self, wildcards: Any) -> dict[str, Any]:
        """The row of one library, as plain values."""
        return next(row for row in self.selex_rows(wildcards) if row["library"] == wildcards.library)

    def selex_files(self, wildcards: Any) -> list[str]:
        """The reads or the count table of one library."""
        return next(row.files for row in self.libraries[wildcards.model] if row.library == wildcards.library)

    def libraries_of(self, model: str) -> list[str]:
        """The libraries of one model."""
        return [row.library for row in self.libraries[model]]

    @property
    def fits(self) -> list[int]:
        """The numbers of a model's fits."""
        return list(range(1, self.config.binding.seeds + 1)) if self.config.binding else []

    def fit_seed(self, fit: int | str) -> int:
        """The seed of one fit: that of the run and the number of the fit."""
        return 1000 * self.config.seed + int(fit)

    @property
    def simulated_models(self) -> list[str]:
        """The models that are fitted to simulated reads, whose truth is known."""
        if not (self.config.simulate_selex or self.config.truth):
            return []
        folder = Path(self.config.truth or Path(self.config.results, "simulate"), "selex")
        files = {model: [path for row in rows for path in row.files] for model, rows in self.libraries.items()}
        return [model for model, paths in files.items() if any(Path(path).parent == folder for path in paths)]

    @property
    def models_with_pairs(self) -> list[str]:
        """The models with factors that may bind side by side."""
        return [model for model in self.libraries if self.model_settings(model).cooperativity]

    @property
    def ablated_models(self) -> list[str]:
        """The binding models whose motifs are ablated; none if the config does not ask for them."""
        ablated = self.config.binding and self.config.ablation and self.config.ablation.binding
        return list(self.libraries) if ablated else []

    # Discovery

    @property
    def discovery(self) -> dict[str, Any]:
        """The section `discover` as plain values."""
        return section(self.config.discover) if self.config.discover else {}

    def discovery_of(self, *keys: str) -> dict[str, Any]:
        """Some keys of it: a change of the others leaves a rule's results as they are."""
        return {key: value for key, value in self.discovery.items() if key in keys}

    @property
    def discovered_sites(self) -> bool:
        """Whether the sites that are ablated are the hits of the motifs that were discovered."""
        ablation = self.config.ablation
        return bool(self.config.discover and ablation and not ablation.has_sites(self.config.binding is not None))

    # Splicing

    @property
    def splice_annotation(self) -> str | None:
        """The genes of the splice stage: its annotation, or its table."""
        genes = self.config.splice.genes if self.config.splice else None
        return (genes.annotation or genes.table) if genes else None

    @property
    def frame_tables(self) -> list[str]:
        """The names of the tables of the frame checks that the config asks for."""
        checks = self.config.splice.checks if self.config.splice else None
        return [FRAME_TABLES[check] for check in checks.which] if checks else []
