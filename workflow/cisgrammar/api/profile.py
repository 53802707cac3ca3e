"""Profile models as one object: predictions, contributions, ablation and marginalization, averaged over folds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from cisgrammar.ablation.contributions.attribute_peaks import contributions
from cisgrammar.ablation.effects.model_parts import LogCounts, Part
from cisgrammar.ablation.effects.site import mean_and_error
from cisgrammar.api.sequences import as_codes
from cisgrammar.api.variants import score_variants
from cisgrammar.config.ablation import Contributions
from cisgrammar.files.model_file import read_model_header, suffix_of
from cisgrammar.perturb.ablate_annotations import ablate_annotations
from cisgrammar.perturb.marginalize import marginalize
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.models.saved import load_model
from cisgrammar.profile.predict import average_predictions, model_parts, predict_codes
from cisgrammar.profile.predictions import Predictions
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.training.device import pick_device

_BATCH = 16
Sites = Sequence[tuple[int, int]] | Sequence[tuple[int, int, int]]


@dataclass(frozen=True, eq=False)
class HeadPrediction:
    """What one head predicts.

    Attributes
    ----------
    profiles
        `(sequences, tasks, length)` float32: probabilities; those of a sequence sum to 1 over tasks and positions.
    counts
        `(sequences,)` float32: expected 5' ends in the window.
    """

    profiles: NDArray[np.float32]
    counts: NDArray[np.float32]

    def __repr__(self) -> str:
        return f"HeadPrediction(profiles={self.profiles.shape}, counts={self.counts.shape})"


class Prediction(Mapping[str, HeadPrediction]):
    """Predictions by head; where there is one head, its `profiles` and `counts` too."""

    def __init__(self, found: Predictions) -> None:
        self._heads = {
            name: HeadPrediction(np.exp(found.log_probabilities[name]), np.exp(found.log_counts[name]))
            for name in found.log_counts
        }

    def __getitem__(self, head: str) -> HeadPrediction:
        if head not in self._heads:
            raise KeyError(f"no head {head!r}; there is {', '.join(self._heads)}")
        return self._heads[head]

    def __iter__(self) -> Iterator[str]:
        return iter(self._heads)

    def __len__(self) -> int:
        return len(self._heads)

    def __repr__(self) -> str:
        return f"Prediction({', '.join(f'{name}: {head}' for name, head in self._heads.items())})"

    def only(self) -> HeadPrediction:
        """The prediction of the only head; ValueError if there are several."""
        if len(self._heads) != 1:
            raise ValueError(f"heads {', '.join(self._heads)}; name one, as in prediction[{next(iter(self))!r}]")
        return next(iter(self._heads.values()))

    @property
    def profiles(self) -> NDArray[np.float32]:
        """Profiles of the only head."""
        return self.only().profiles

    @property
    def counts(self) -> NDArray[np.float32]:
        """Counts of the only head."""
        return self.only().counts


class ProfileModels:
    """One profile model, or those of several folds, whose outputs are averaged.

    Attributes
    ----------
    models
        The networks, in eval mode.
    paths
        Their files.
    input_length, output_length
        bp that are read, and bp of the predicted profile.
    """

    def __init__(self, paths: Sequence[str | Path], device: str = "cpu") -> None:
        if not paths:
            raise ValueError("no model file was given; wanted at least one")
        self.paths = tuple(Path(path) for path in paths)
        self.models: tuple[ProfileModel, ...] = tuple(load_model(path, device).eval() for path in self.paths)
        for model in self.models:
            model.requires_grad_(False)
        self.device = pick_device(device)
        first = self.models[0]
        self.input_length, self.output_length, self.heads = first.input_length, first.output_length, first.heads
        for path, model in zip(self.paths, self.models, strict=True):
            own = (model.input_length, model.output_length, model.heads)
            if own != (self.input_length, self.output_length, self.heads):
                raise ValueError(f"{path}: reads, predicts or names other than {self.paths[0]}; load them one by one")

    def __repr__(self) -> str:
        heads = ", ".join(f"{head.name} ({head.tasks})" for head in self.heads)
        return (
            f"{type(self.models[0]).__name__}: {self.input_length:,} bp in, {self.output_length:,} bp out; "
            f"heads (tasks) {heads}; {len(self.models)} fold{'s'[: len(self.models) != 1]}; {_made_by(self.paths[0])}"
        )

    def predict(self, x: Any, fasta: str | Path | Genome | None = None, both_strands: bool = True) -> Prediction:
        """Profiles and counts of sequences.

        Parameters
        ----------
        x, fasta
            As for `sequences.as_codes`.
        both_strands
            Average the predictions for a sequence and its reverse complement.

        Returns
        -------
        Prediction
            Averaged over folds: log probabilities, normalised again, and log counts.
        """
        codes = as_codes(x, self.input_length, fasta)
        return Prediction(average_predictions(self._predicted(model, codes, both_strands) for model in self.models))

    def _predicted(self, model: ProfileModel, codes: NDArray[np.uint8], both_strands: bool) -> Predictions:
        parts = model_parts(model)
        found: list[Predictions] = []
        for first in range(0, max(len(codes), 1), _BATCH):
            batch = predict_codes(parts, model.heads, codes[first : first + _BATCH], self.device, both_strands)
            found.append(next(iter(batch.values())))
        names = [head.name for head in model.heads]
        return Predictions(
            {name: np.concatenate([each.log_probabilities[name] for each in found]) for name in names},
            {name: np.concatenate([each.log_counts[name] for each in found]) for name in names},
        )

    def contributions(
        self,
        x: Any,
        fasta: str | Path | Genome | None = None,
        output: Literal["counts", "profile"] = "counts",
        references: int = 20,
        seed: int = 0,
    ) -> dict[str, NDArray[np.float32]]:
        """Hypothetical contributions of bases (DeepLIFT/SHAP against dinucleotide shuffles), averaged over folds.

        Parameters
        ----------
        x, fasta
            As for `sequences.as_codes`; without N.
        output
            `counts`, in nats, or `profile`, in logits.
        references, seed
            Shuffles of each sequence, and their seed.

        Returns
        -------
        dict
            Head -> `(sequences, 4, input_length)` float32. Times the one-hot sequence they are the contributions of
            the bases that are there, which sum to the output minus the mean output of the references.
        """
        codes = as_codes(x, self.input_length, fasta)
        wish = Contributions(outputs=[output], references=references)
        each = [contributions(part, codes, wish, seed, str(self.device)) for part in self._parts()]
        return {head.name: np.mean([found[head.name, output] for found in each], axis=0) for head in self.heads}

    def _parts(self) -> list[Part]:
        return [Part("model", model, self.heads, self.input_length, self.output_length) for model in self.models]

    def ablate(
        self, x: Any, sites: Sites, fasta: str | Path | Genome | None = None, n: int = 20, seed: int = 0
    ) -> pd.DataFrame:
        """Effects of shuffling sites on ln counts: before minus after.

        Parameters
        ----------
        x, fasta
            As for `sequences.as_codes`.
        sites
            (start, end) of one sequence, or (sequence, start, end) of several; 0-based, half-open, from the first
            base that the model reads.
        n, seed
            Shuffles of each site, and their seed.

        Returns
        -------
        DataFrame
            A row for each site and head: sequence, start, end, head, `delta_log_counts` (mean over folds), `se` (its
            standard error over shuffles), `between_folds` (standard deviation between folds; nan for one).
        """
        codes = as_codes(x, self.input_length, fasta)
        for site in sites:
            if isinstance(site, str) or len(site) not in (2, 3):
                raise ValueError(f"got the site {site!r}; wanted (start, end), or (sequence, start, end), as numbers")
        rows = [(0, *site) if len(site) == 2 else site for site in sites]
        if len(codes) != 1 and any(len(site) == 2 for site in sites):
            raise ValueError(f"sites of {len(codes)} sequences as (start, end); wanted (sequence, start, end)")
        found = [self._ablated(model, codes, rows, n, seed) for model in self.models]
        means, errors = (np.stack(values) for values in zip(*found, strict=True))  # (folds, sites, heads)
        return self._table(pd.DataFrame(rows, columns=["sequence", "start", "end"]), means, errors)

    def _ablated(
        self, model: ProfileModel, codes: NDArray[np.uint8], rows: Sequence[Sequence[int]], n: int, seed: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean effect of each site and its standard error over shuffles, `(sites, heads)` each."""
        result = ablate_annotations(
            LogCounts(model, len(self.heads)),
            one_hot(torch.from_numpy(codes)),
            np.asarray(rows, dtype=np.int64).reshape(-1, 3),
            n=n,
            random_state=seed,
            device=str(self.device),
        )
        change = (result.y_befores[:, :, None] - result.y_afters)[:, 0].double()  # (sites, n, heads)
        both = [mean_and_error(change[..., head], result.report) for head in range(len(self.heads))]
        mean, error = (np.stack(values, axis=1) for values in zip(*both, strict=True))
        return mean, error

    def _table(self, places: pd.DataFrame, means: NDArray[np.float64], errors: NDArray[np.float64]) -> pd.DataFrame:
        """One row for each place and head, of values `(folds, places, heads)`."""
        folds = len(means)
        spread = means.std(axis=0, ddof=1) if folds > 1 else np.full(means.shape[1:], np.nan)
        columns = {
            "delta_log_counts": means.mean(axis=0),
            "se": np.sqrt((errors**2).sum(axis=0)) / folds,
            "between_folds": spread,
        }
        tables = [
            places.assign(head=head.name, **{name: values[:, number] for name, values in columns.items()})
            for number, head in enumerate(self.heads)
        ]
        return pd.concat(tables, ignore_index=True)

    def variants(
        self, variants: str | Path, fasta: str | Path | Genome, peaks: str | Path | None = None, seed: int = 1
    ) -> pd.DataFrame:
        """Effects of the variants of a VCF, BCF or table: arguments and result as of `api.variants.score_variants`."""
        return score_variants(self.models, variants, fasta, peaks, seed)

    def marginalize(
        self,
        motif: str,
        backgrounds: Any = 100,
        fasta: str | Path | Genome | None = None,
        start: int | None = None,
        seed: int = 0,
    ) -> pd.DataFrame:
        """Effect of putting a motif into background sequences on ln counts: after minus before.

        Parameters
        ----------
        motif
            Letters; N keeps what is there.
        backgrounds
            How many random sequences of even composition, or sequences as for `sequences.as_codes`.
        fasta
            The genome, if backgrounds are places.
        start
            First base of the motif; None centres it.
        seed
            Of random backgrounds.

        Returns
        -------
        DataFrame
            A row for each head: motif, backgrounds, head, `delta_log_counts` (mean over backgrounds and folds), `se`
            (its standard error over backgrounds), `between_folds`.
        """
        if isinstance(backgrounds, int):
            rng = np.random.default_rng(seed)
            codes = rng.integers(0, 4, (backgrounds, self.input_length), dtype=np.uint8)
        else:
            codes = as_codes(backgrounds, self.input_length, fasta)
        if len(codes) < 2:
            raise ValueError(f"{len(codes)} backgrounds; wanted at least 2, for the error of their mean")
        X = one_hot(torch.from_numpy(codes))
        changes = []
        for model in self.models:
            before, after = marginalize(
                LogCounts(model, len(self.heads)), X, motif.upper(), start=start, device=str(self.device)
            )
            changes.append((after - before).double().numpy())  # (backgrounds, heads)
        of_folds = np.stack(changes)  # (folds, backgrounds, heads)
        error = of_folds.mean(axis=0).std(axis=0, ddof=1) / np.sqrt(len(codes))  # (heads,)
        table = self._table(
            pd.DataFrame({"motif": [motif.upper()], "backgrounds": [len(codes)]}),
            of_folds.mean(axis=1, keepdims=True),
            np.zeros((len(of_folds), 1, len(self.heads))),
        )
        return table.assign(se=error)


def _made_by(path: Path) -> str:
    """Who wrote a model file: the version of this package, or another tool's file by its name."""
    if suffix_of(path) != ".safetensors":
        return path.name
    header = read_model_header(path)
    return f"cisgrammar {header.version}, data {header.provenance.get('data', 'not stated')}"
