"""What a calibration found, as tables, as JSON, and as gates."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisgrammar.gates import Gate, Place, Verdict
from cisgrammar.splice.calibration.calibrate import Accuracy, Calibration, ChannelAccuracy
from cisgrammar.splice.calibration.scaling import Scaling
from cisgrammar.splice.models.model import SITES
from cisgrammar.statistics.bootstrap import Estimate
from cisgrammar.statistics.intervals import NORMAL_95

if TYPE_CHECKING:
    import pandas as pd

_GRADED = ("top_k_1", "pr_auc")
_SHOWN = ("recall", "precision", "called", "tied", "threshold")


def metrics(channel: ChannelAccuracy) -> dict[str, Estimate]:
    """Every number of one kind of site, by name; counts have no interval."""
    exact = {
        "positions": channel.positions,
        "sites": channel.sites,
        "base_rate": channel.base_rate,
        "called": channel.called,
        "true_called": channel.true_called,
        "tied": channel.tied,
    }
    top = {f"top_k_{factor:g}": found for factor, found in channel.top_k.items()}
    counted = {name: Estimate(float(value), math.nan, math.nan) for name, value in exact.items()}
    found = {"recall": channel.recall, "precision": channel.precision, **top, "pr_auc": channel.pr_auc}
    return {"threshold": channel.threshold, **found, **counted}


def _roles(calibration: Calibration) -> list[Accuracy]:
    return [found for found in (calibration.fitted, calibration.held_out) if found is not None]


def thresholds_table(calibration: Calibration) -> pd.DataFrame:
    """One row per kind of site: threshold with interval, and the numbers that it comes from."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "channel": c.channel,
                **c.threshold._asdict(),
                "sites": c.sites,
                "positions": c.positions,
                "base_rate": c.base_rate,
                "called": c.called,
                "tied": c.tied,
            }
            for c in calibration.fitted.channels
        ]
    ).rename(columns={"value": "threshold"})


def accuracy_table(calibrations: dict[str, Calibration]) -> pd.DataFrame:
    """One row per role of genes, model, kind of site and metric: value, lower, upper.

    The calibration errors (root mean square, debiased) `ece_<stage>` are over all bases, `ece_candidates_<stage>` over
    those with a probability of 0.01 or more before scaling; the stage is before or after temperature scaling.
    """
    import pandas as pd

    rows = []
    for model, calibration in calibrations.items():
        for role in _roles(calibration):
            for i, channel in enumerate(role.channels):
                found = metrics(channel)
                for stage, both in role.reliability.items():
                    found |= {f"ece_{stage}": both[i].ece, f"ece_candidates_{stage}": both[i].ece_candidates}
                rows += [(role.role, model, channel.channel, name, *values) for name, values in found.items()]
    return pd.DataFrame(rows, columns=["role", "model", "channel", "metric", "value", "lower", "upper"])


def pr_table(calibrations: dict[str, Calibration]) -> pd.DataFrame:
    """Points of the precision-recall curves, by role of genes, model and kind of site."""
    import pandas as pd

    rows = [
        (role.role, model, channel.channel, *point)
        for model, calibration in calibrations.items()
        for role in _roles(calibration)
        for channel in role.channels
        for point in zip(*channel.curve, strict=True)
    ]
    return pd.DataFrame(rows, columns=["role", "model", "channel", "recall", "precision", "score"])


def reliability_table(calibration: Calibration) -> pd.DataFrame:
    """Bins of the reliability diagrams, by role of genes, kind of site and stage (before or after scaling)."""
    import pandas as pd

    rows = [
        (role.role, name, stage, i, *row)
        for role in _roles(calibration)
        for stage, both in role.reliability.items()
        for name, found in zip(SITES, both, strict=True)
        for i, row in enumerate(zip(found.confidence, found.accuracy, found.lower, found.upper, found.n, strict=True))
        if row[-1] > 0
    ]
    return pd.DataFrame(
        rows, columns=["role", "channel", "stage", "bin", "confidence", "accuracy", "lower", "upper", "n"]
    )


def as_json(calibration: Calibration, **provenance: Any) -> dict[str, Any]:
    """All but the curves, as JSON values; what is not known is null."""
    roles = {
        role.role: {
            "genes": role.genes,
            "nll": role.nll,
            **{c.channel: {name: found._asdict() for name, found in metrics(c).items()} for c in role.channels},
        }
        for role in _roles(calibration)
    }
    found = {
        "thresholds": dict(zip(SITES, calibration.thresholds.tolist(), strict=True)),
        "temperature": calibration.temperature._asdict(),
        "scaling": _scaling(calibration.scaling),
        **roles,
        **provenance,
    }
    return _finite(found)


def _scaling(scaling: Scaling) -> dict[str, Any]:
    before_after = {"nll": scaling.nll, "squared_calibration_error_candidates": scaling.squared_error}
    return {
        "kept": scaling.kept,
        "reason": scaling.reason,
        "fitted": scaling.fitted._asdict(),
        "cross_fitted": {name: {"before": two[0], "after": two[1]} for name, two in before_after.items()},
    }


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_thresholds(path: str | Path) -> tuple[float, float]:
    """Thresholds of acceptor and donor from `calibration.json`; ValueError if one could not be set."""
    try:
        found = json.loads(Path(path).read_text())["thresholds"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: no thresholds in it ({error!r}); wanted a calibration.json of this stage") from None
    missing = [name for name in SITES if found.get(name) is None]
    if missing:
        raise ValueError(f"{path}: no threshold for {', '.join(missing)}; calibrate on genes that have such sites")
    return found["acceptor"], found["donor"]


def read_temperature(path: str | Path) -> float:
    """The temperature of `calibration.json` that logits are divided by; ValueError if there is none."""
    try:
        return float(json.loads(Path(path).read_text())["temperature"]["value"])
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: no temperature in it ({error!r}); wanted a calibration.json of this stage") from None


def gates(calibration: Calibration, baseline: Calibration, sample: str, fold: str) -> list[Gate]:
    """Numbers beside the bars that they must pass, on held-out genes if there are some.

    Bars, each from the same run:

    - `top_k_1` and `pr_auc` of a kind of site: those of position weights on the same genes. Origin: judgement, a
      network that finds fewer sites than two motifs has learned nothing from its context.
    - `nll_after_scaling`: that before. Origin: Guo et al. 2017, scaling minimises it; shown without bar where the
      temperature is 1.
    - `ece_candidates_after_scaling` of a kind of site: that before. Origin: judgement, scaling must do no harm. It
      passes if it is not above the bar, or if the squared error has grown by at most a standard error of the paired
      difference over genes; it warns within 1.96 of them, and fails above. Both errors are 0 where chance explains all
      that is seen, so that the larger of two such numbers says nothing by itself. Shown without bar where the
      temperature is 1.
    """
    ours, theirs = _roles(calibration)[-1], _roles(baseline)[-1]
    place, role = Place("splice", sample, fold), f"splice.{ours.role}"
    graded = [
        place.judged(
            f"{role}.{channel.channel}.{name}", metrics(channel)[name].value, metrics(rival)[name].value, "above"
        )
        for channel, rival in zip(ours.channels, theirs.channels, strict=True)
        for name in _GRADED
    ]
    shown = [
        place.shown(f"{role}.{channel.channel}.{name}", metrics(channel)[name].value)
        for channel in ours.channels
        for name in _SHOWN
    ]
    return [*graded, *_scaling_gates(place, role, ours, calibration.scaling.kept), *shown]


def _scaling_gates(place: Place, role: str, ours: Accuracy, kept: bool) -> Iterator[Gate]:
    """What temperature scaling does to genes; without bars where it is not used, for nothing can differ then."""
    before, after = (ours.nll.get(stage) for stage in ("before", "after"))
    yield place.judged(f"{role}.nll_after_scaling", after, before if kept else None, "below")
    for i, channel in enumerate(ours.channels):
        name = f"{role}.{channel.channel}.ece_candidates"
        errors = {stage: both[i].ece_candidates for stage, both in ours.reliability.items()}
        yield place.shown(f"{name}_before_scaling", errors["before"].value)
        if kept:
            value, bar = errors["after"].value, errors["before"].value
            yield place.graded(f"{name}_after_scaling", value, bar, _no_harm(value, bar, ours.scaling_change[i]))
        else:
            yield place.shown(f"{name}_after_scaling", errors["after"].value if "after" in errors else None)


def _no_harm(after: float, before: float, change: tuple[float, float]) -> Verdict:
    """Whether a calibration error is not above another one, by what the paired difference of their squares says."""
    if math.isnan(before):
        return "n/a"
    difference, error = change
    if after <= before or difference <= error:
        return "pass"
    return "fail" if difference > NORMAL_95 * error else "warn"
