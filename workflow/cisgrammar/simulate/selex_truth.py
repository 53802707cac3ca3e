"""What a simulated SELEX experiment leaves behind: its reads, its truth, and the truth beside a fit's tables."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar import iupac
from cisgrammar.binding.fit.agreement import Alignment, align
from cisgrammar.files.atomic import atomic_path, write_json
from cisgrammar.sequence.alphabet import BASES, N_CODE, complement, decode, encode
from cisgrammar.simulate.selex import SelexTruth, draw_round

COLUMNS = ["quantity", "name", "true", "estimate", "standard_error", "within"]
Truth = Mapping[str, Any]
Found = tuple[str, str, float, float, float]


def write_reads(path: str | Path, truth: SelexTruth, number: int) -> None:
    """Write the reads of one round as FASTQ.gz: barcode, `left`, the variable region, `right`; equal bytes each time.

    Beside the usable reads there are `unusable` ones, in turn with an N, with the barcode of another library (if
    there is a barcode), and cut short; all are mixed.
    """
    settings = truth.settings
    rng = np.random.default_rng([settings.seed, 2, number])
    before, after = encode(settings.barcode + settings.left), encode(settings.right)
    variable = draw_round(truth, number, settings.reads)
    spoilt = rng.integers(0, 4, (round(settings.unusable * settings.reads), settings.length)).astype(np.uint8)
    variable = np.concatenate([variable, spoilt])
    sides = [np.broadcast_to(side, (len(variable), len(side))) for side in (before, after)]
    reads = np.concatenate([sides[0], variable, sides[1]], axis=1)  # (reads, read length)
    lengths = _spoil(reads, len(spoilt), len(settings.barcode), rng)
    order = rng.permutation(len(reads))
    text = decode(reads[order].reshape(-1))
    width = reads.shape[1]
    records = []
    for i, length in enumerate(lengths[order].tolist()):
        read = text[i * width : i * width + length]
        records.append(f"@round{number}_{i + 1}\n{read}\n+\n{'I' * length}\n")
    with atomic_path(path) as partial:
        partial.write_bytes(gzip.compress("".join(records).encode(), compresslevel=6, mtime=0))


def _spoil(reads: NDArray[np.uint8], number: int, barcode: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Spoil the last `number` reads, in place but for their lengths, which are returned for all: `(reads,)`."""
    lengths = np.full(len(reads), reads.shape[1])
    rows = np.arange(len(reads) - number, len(reads))
    kinds = 3 if barcode else 2
    with_n, short, other = rows[0::kinds], rows[1::kinds], rows[2::kinds] if barcode else rows[:0]
    reads[with_n, rng.integers(barcode, reads.shape[1], len(with_n))] = N_CODE
    lengths[short] = rng.integers(barcode + 1, reads.shape[1] - 1, len(short))
    reads[other, :barcode] = complement(reads[other, :barcode])
    return lengths


def describe(truth: SelexTruth) -> dict[str, Any]:
    """Everything that was simulated, in the names and the gauge of the binding stage's tables.

    Positions of a matrix and position biases have mean 0, spacings a mean of omega ** hill of 1, and activities hold
    what these have lost; without saturation, activities are relative to that of non-specific binding.
    """
    settings, (a, b) = truth.settings, truth.pair
    omega = np.array([spaced.log_omega for spaced in truth.spacings])
    mean = log_mean(omega, settings.hill) if len(omega) else 0.0
    activity = dict(truth.log_activity)
    if truth.spacings:
        activity[f"{a}:{b}"] += settings.hill * mean
    return {
        "settings": settings.model_dump(mode="json"),
        "bases": BASES,
        "units": "scores are -ddG/RT in nats; offsets are start of b minus start of a in bp, along the strand of a",
        "factors": {
            name: {"consensus": "".join(BASES[i] for i in betas.argmax(1)), "betas": betas.round(6).tolist()}
            for name, betas in truth.betas.items()
        },
        "spacing": [
            {
                "pair": f"{a}:{b}",
                "strands": spaced.strands,
                "offset": spaced.offset,
                "gap": abs(spaced.offset) - settings.width,
                "log_omega": round(spaced.log_omega - mean, 6),
            }
            for spaced in truth.spacings
        ],
        "position_bias": [
            {"binding": name, "strand": strand, "position": i, "log_bias": round(float(value), 6)}
            for name in truth.betas
            for strand, values in zip("+-", truth.position_bias, strict=True)
            for i, value in enumerate(values)
        ],
        "log_activity": {name: round(value, 6) for name, value in activity.items()},
        "log_hill": {f"{a}:{b}": round(float(np.log(settings.hill)), 6)} if truth.spacings else {},
    }


def log_mean(log_omega: NDArray[np.float64], hill: float) -> float:
    """Log of the omega whose power `hill` is the mean of those of all."""
    return float(np.logaddexp.reduce(hill * log_omega) - np.log(len(log_omega))) / hill


def write_truth(path: str | Path, truth: SelexTruth) -> None:
    """Write what `describe` says as JSON."""
    write_json(path, describe(truth))


def read_truth(path: str | Path) -> dict[str, Any]:
    """Read what `write_truth` wrote."""
    return json.loads(Path(path).read_text())


@dataclass(frozen=True)
class Register:
    """How a fitted motif lies on a true one.

    Attributes
    ----------
    motif
        Name of the fitted motif.
    start
        Position of the fitted matrix, turned round if `flipped`, at which the true one begins; may be negative.
    flipped
        Whether the fitted matrix is the reverse complement.
    surplus
        Width of the fitted matrix less that of the true one, bp.
    """

    motif: str
    start: int
    flipped: bool
    surplus: int

    def begins(self, forward: bool) -> int:
        """How far after a fitted site's start the true site starts, in bp of the read.

        `forward`: the true site reads along the strand + of the read.
        """
        return self.start if forward else self.surplus - self.start

    @property
    def exact(self) -> bool:
        """Whether both cover the same bases."""
        return self.start == 0 and self.surplus == 0


def find_registers(truth: Truth, matrix: pd.DataFrame) -> dict[str, Register]:
    """For each true factor, the fitted motif that is it: that of its name, or else the most alike."""
    fitted = {
        name: rows.pivot(index="position", columns="base", values="beta")[list(BASES)].to_numpy()
        for name, rows in matrix.groupby("motif", sort=False)
    }
    out = {}
    for factor, known in truth["factors"].items():
        betas = np.array(known["betas"])
        aligned = {name: align(values, betas) for name, values in fitted.items()}
        name = factor if factor in fitted else min(aligned, key=lambda n: aligned[n].distance, default=None)
        if name is not None:
            out[factor] = _register(name, aligned[name], len(fitted[name]) - len(betas))
    return out


def _register(name: str, found: Alignment, surplus: int) -> Register:
    return Register(name, -found.shift, found.flipped, surplus)


def compare_truth(
    truth: Truth,
    matrix: pd.DataFrame,
    spacing: pd.DataFrame,
    position_bias: pd.DataFrame,
    parameters: pd.DataFrame,
) -> pd.DataFrame:
    """Put the truth of a simulation beside a fit, whatever register and strand it ended in.

    Parameters
    ----------
    truth
        What `read_truth` gives.
    matrix, spacing, position_bias, parameters
        Tables of the binding stage; all but `matrix` may be empty. Of several libraries the first is taken.

    Returns
    -------
    DataFrame
        quantity (`beta`, `position_bias`, `log_omega`, `log_activity`, `log_hill`), name, true, estimate,
        standard_error, within (whether they differ by at most two standard errors; nan if that is not known). What
        the fit lacks is left out. Biases and omegas are brought to the same mean over what both have; activities
        are compared if the fit has the same windows and spacings, without which they mean something else.
    """
    registers = find_registers(truth, matrix)
    parameters = _first_library(parameters)
    found = [
        *_betas(truth, matrix, registers),
        *_position_bias(truth, _first_library(position_bias), registers),
        *_log_omega(truth, spacing, registers, _hill(parameters)),
        *_parameters(truth, parameters, registers, len(spacing)),
    ]
    table = pd.DataFrame(found, columns=COLUMNS[:-1])
    missed = (table["estimate"] - table["true"]).abs() / table["standard_error"]
    table["within"] = (missed <= 2).astype(object).where(missed.notna(), np.nan)
    return table


def _first_library(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["library"] == table["library"].iloc[0]] if len(table) else table


def _betas(truth: Truth, matrix: pd.DataFrame, registers: Mapping[str, Register]) -> list[Found]:
    out = []
    for factor, register in registers.items():
        rows = matrix[matrix["motif"] == register.motif].set_index(["position", "base"])
        width = rows.index.get_level_values("position").max() + 1
        for position, values in enumerate(truth["factors"][factor]["betas"]):
            for base, value in zip(BASES, values, strict=True):
                there = position + register.start
                key = (width - 1 - there, iupac.reverse_complement(base)) if register.flipped else (there, base)
                if key in rows.index:
                    row = rows.loc[key]
                    out.append(("beta", f"{factor} {position} {base}", value, row["beta"], row["standard_error"]))
    return out


def _position_bias(truth: Truth, table: pd.DataFrame, registers: Mapping[str, Register]) -> list[Found]:
    """Biases of sites on the strand +; those of the other strand are the same, turned round."""
    out = []
    for factor, register in registers.items():
        rows = table[table["binding"] == register.motif].set_index(["strand", "position"])
        pairs = []
        for known in truth["position_bias"]:
            key = ("-" if register.flipped else "+", known["position"] - register.begins(True))
            if known["binding"] == factor and known["strand"] == "+" and key in rows.index:
                name = f"{factor} + {known['position']}"
                pairs.append((name, known["log_bias"], *rows.loc[key, ["log_bias", "standard_error"]]))
        if pairs:
            true, estimate = (np.array([pair[i] for pair in pairs], dtype=float) for i in (1, 2))
            out += _rows("position_bias", pairs, true - true.mean(), estimate - estimate.mean())
    return out


def _rows(quantity: str, given: list[Any], true: NDArray, estimate: NDArray) -> list[Found]:
    return [(quantity, g[0], float(t), float(e), float(g[-1])) for g, t, e in zip(given, true, estimate, strict=True)]


def _hill(parameters: pd.DataFrame) -> float:
    """The fitted Hill exponent of the pair; 1 if there is none."""
    rows = parameters[(parameters["parameter"] == "log_hill") & parameters["binding"].astype(str).str.contains(":")]
    return float(np.exp(rows["value"].iloc[0])) if len(rows) else 1.0


def _log_omega(truth: Truth, table: pd.DataFrame, registers: Mapping[str, Register], hill: float) -> list[Found]:
    """Spacings that both have, each brought to a mean of omega ** hill of 1."""
    found = _true_spacings(table, registers, truth, hill)
    given = []
    for known in truth["spacing"]:
        key = (known["pair"], known["strands"], known["offset"])
        if key in found:
            name = f"{known['pair']} {known['strands']} {known['offset']}"
            given.append((name, known["log_omega"], *found[key]))
    if not given:
        return []
    true, estimate = (np.array([g[i] for g in given], dtype=float) for i in (1, 2))
    true -= log_mean(true, truth["settings"]["hill"])
    return _rows("log_omega", given, true, estimate - log_mean(estimate, hill))


def _true_spacings(
    table: pd.DataFrame, registers: Mapping[str, Register], truth: Truth, hill: float
) -> dict[tuple[str, str, int], tuple[float, float]]:
    """(pair, strands, offset) in the truth's terms -> log omega and its error.

    Placements that are the same, which a factor's pair with itself has two of, are added up.
    """
    motifs = {register.motif: factor for factor, register in registers.items()}
    known = {row["pair"] for row in truth["spacing"]}
    out: dict[tuple[str, str, int], tuple[float, float]] = {}
    for row in table.itertuples():
        fitted = row.pair.split(":")
        if not all(name in motifs for name in fitted):
            continue
        a, b = (motifs[name] for name in fitted)
        strands, offset = _translate(row.strands, int(row.offset), registers[a], registers[b])
        if f"{a}:{b}" not in known:
            # Seen from b, on the strand of b; sites of a simulation are equally wide.
            a, b, offset = b, a, -offset if strands == "same" else offset
        if a == b and strands == "same":
            offset = abs(offset)
        key = (f"{a}:{b}", strands, offset)
        out[key] = _together(out.get(key), (row.log_omega, row.standard_error), hill)
    return out


def _translate(strands: str, offset: int, a: Register, b: Register) -> tuple[str, int]:
    """Strands and offset of true sites, along the strand of the true a, from those of fitted ones."""
    a_forward = not a.flipped
    b_forward = (strands == "same") != b.flipped
    between = offset + b.begins(b_forward) - a.begins(a_forward)
    # True sites are equally wide, so that turning the read round turns only the sign.
    return ("same" if a_forward == b_forward else "opposite"), between if a_forward else -between


def _together(one: tuple[float, float] | None, two: tuple[float, float], hill: float) -> tuple[float, float]:
    """Log of the omega that binds as two do together, and its error: the two rows are one estimate."""
    if one is None:
        return two
    powers = hill * np.array([one[0], two[0]])
    total = float(np.logaddexp(*powers))
    shares = np.exp(powers - total)
    return total / hill, float(shares @ [one[1], two[1]])


def _parameters(truth: Truth, table: pd.DataFrame, registers: Mapping[str, Register], n_spacings: int) -> list[Found]:
    """Activities and Hill exponents."""
    fitted = {factor: register.motif for factor, register in registers.items()}
    comparable = all(register.exact for register in registers.values())
    if truth["spacing"]:
        comparable = comparable and n_spacings == len(truth["spacing"])
    names = {":".join(fitted.get(n, n) for n in known.split(":")): known for known in truth["log_activity"]}
    out = []
    for row in table.itertuples():
        known = names.get(row.binding) if isinstance(row.binding, str) else None
        if known is None or row.parameter not in ("log_activity", "log_hill"):
            continue
        used = isinstance(row.round, str) or not np.isnan(row.round)
        # A reference that was set to 0 is no estimate, and neither is an activity that no round has.
        if row.parameter == "log_activity" and not (comparable and used and row.standard_error != 0):
            continue
        true = truth[row.parameter].get(known, 0.0)
        label = f"{known} round {row.round}" if row.parameter == "log_activity" else known
        out.append((row.parameter, label, true, row.value, row.standard_error))
    return out
