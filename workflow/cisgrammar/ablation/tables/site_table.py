"""One row per site, model and head: effects, errors, p- and q-values; as TSV, BED and HDF5."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.ablation.sites.controls import control_pool, likeness, motif_number, width_class
from cisgrammar.files.atomic import atomic_hdf5, atomic_path
from cisgrammar.statistics.matched import Side, matched_p, neighbours
from cisgrammar.statistics.p_values import benjamini_hochberg

_FORMAT = "cisgrammar ablation effects 1"
_AT_ONCE = 4096
TESTS: tuple[tuple[str, str, Side], ...] = (
    ("p_value", "delta_log_counts", "both"),
    ("p_greater", "delta_log_counts", "greater"),
    ("p_less", "delta_log_counts", "less"),
    ("p_profile", "profile_jsd", "excess"),
    ("p_footprint", "local_log_ratio", "both"),
)
Q_VALUES = {"q_value": "p_value", "q_profile": "p_profile", "q_footprint": "p_footprint"}


def site_table(sites: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    """Join sites with their effects, and test each against the controls that are like it.

    Effects are divided by the spread of the 50 controls of its class of widths that are nearest in GC, distance to the
    window's centre and predicted ln counts (those drawn for its own motif first), and ranked among the controls
    (`statistics.matched.matched_p`): `p_value` by the absolute `delta_log_counts`, `p_greater` and `p_less` by its
    sign, `p_profile` by how far `profile_jsd` is above that of its controls, `p_footprint` by the absolute
    `local_log_ratio`. q-values: Benjamini and Hochberg, over the sites of one motif, model and head, and over its
    decoys as a family of their own: a q-value says how many of the discoveries among a motif's sites (or decoys) may be
    false.

    Parameters
    ----------
    sites
        Of `find_sites`.
    effects
        Of `ablate_shard`, of all shards.

    Returns
    -------
    DataFrame
        A row per site (controls too, without p-values), model and head, in the order of the sites.

    Raises
    ------
    ValueError
        If a site has no effect, or two for one model and head.
    """
    keys = ["site", "model", "head"]
    if effects.duplicated(keys).any():
        raise ValueError("a site's effect is there twice; delete the shards of the ablation stage and run it again")
    table = sites.merge(effects, on="site", how="left")
    if table["model"].isna().any():
        missing = int(table["model"].isna().sum())
        raise ValueError(f"{missing} sites have no effect; delete the shards of the ablation stage and run it again")
    models = {model: i for i, model in enumerate(dict.fromkeys(effects["model"]))}
    table = table.assign(_model=table["model"].map(models)).sort_values(["_model", "head", "site"], kind="stable")
    parts = [_tested(part) for _, part in table.groupby(["_model", "head"], sort=False)]
    return pd.concat(parts, ignore_index=True).drop(columns="_model")


def _tested(table: pd.DataFrame) -> pd.DataFrame:
    """One model and head with p- and q-values."""
    control = (table["kind"] == "control").to_numpy()
    width = width_class((table["end"] - table["start"]).to_numpy())
    like = np.column_stack([likeness(table), 100.0 * motif_number(table)])
    columns: dict[str, NDArray] = {TESTS[0][0]: np.full(len(table), np.nan)}
    columns["controls"] = np.zeros(len(table), dtype=np.int64)
    columns |= {name: np.full(len(table), np.nan) for name, _, _ in TESTS[1:]}
    for least in np.unique(width[~control]):
        mine = ~control & (width == least)
        pool = control_pool(control, width, int(least))
        near = neighbours(like[mine], like[pool]) if pool.any() else None
        for name, effect, side in TESTS:
            values = table[effect].to_numpy(dtype=float)
            columns[name][mine], number = matched_p(values[mine], like[mine], values[pool], like[pool], side, near)
            columns["controls"][mine] = np.maximum(columns["controls"][mine], number)
    motif = table["name"].where(table["kind"] == "site", table["matched_to"]).to_numpy()
    for name, of in Q_VALUES.items():
        columns[name] = np.full(len(table), np.nan)
        for family in ("site", "decoy"):
            kind = (table["kind"] == family).to_numpy()
            for one in dict.fromkeys(motif[kind]):
                mine = kind & (motif == one)
                columns[name][mine] = benjamini_hochberg(columns[of][mine])
    return table.assign(**columns)


def write_bed(path: str | Path, table: pd.DataFrame) -> None:
    """Write the sites and decoys of a table's first model and head as BED.

    Columns: chrom, start, end, name, score (-100 log10 q, at most 1000), strand, delta_log_counts, its standard
    error, q_value, kind. Sorted as the sites are.
    """
    first = table.iloc[0] if len(table) else {"model": "", "head": ""}
    rows = table[(table["model"] == first["model"]) & (table["head"] == first["head"]) & (table["kind"] != "control")]
    with atomic_path(path) as partial, partial.open("w", newline="\n") as out:
        out.write("#chrom\tstart\tend\tname\tscore\tstrand\tdelta_log_counts\tse\tq_value\tkind\n")
        for row in rows.itertuples():
            q = 1.0 if np.isnan(row.q_value) else row.q_value
            place = f"{row.chrom}\t{row.start}\t{row.end}\t{row.name}\t{min(1000, round(-100 * np.log10(q)))}"
            numbers = "\t".join(f"{v:.6g}" for v in (row.delta_log_counts, row.delta_log_counts_se, row.q_value))
            out.write(f"{place}\t{row.strand}\t{numbers}\t{row.kind}\n")


class Profiles(Protocol):
    """Profiles of sites, such as `effects.profile_files.Profiles`."""

    site: NDArray[np.int64]

    def read(self, rows: NDArray[np.integer]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Profiles before and after of some of the sites, `(rows, positions)` each."""
        ...


def write_effects(path: str | Path, table: pd.DataFrame, profiles: Profiles) -> None:
    """Write the table and the profiles as HDF5.

    Layout: `<model>/<head>/<column>`, a dataset of numbers or text for each column of the site table; and
    `profiles/{site,before,after}`: `(sites,)` and `(sites, 200)` expected 5' ends around each site's centre in the
    first model, before and (mean over shuffles) after.
    """
    with atomic_hdf5(path) as file:
        file.attrs["format"] = _FORMAT
        for (model, head), part in table.groupby(["model", "head"], sort=False):
            group = file.create_group(f"{model}/{head}")
            for column in part.columns.drop(["model", "head"]):
                values = part[column].to_numpy()
                if values.dtype.kind not in "iuf":
                    values = np.array([str(v).encode() for v in values], dtype="S")
                group.create_dataset(column, data=values)
        file.create_dataset("profiles/site", data=profiles.site)
        for first in range(0, max(len(profiles.site), 1), _AT_ONCE):
            rows = np.arange(first, min(first + _AT_ONCE, len(profiles.site)))
            for name, values in zip(("before", "after"), profiles.read(rows), strict=True):
                if first == 0:
                    file.create_dataset(f"profiles/{name}", (len(profiles.site), *values.shape[1:]), values.dtype)
                file[f"profiles/{name}"][first : first + len(rows)] = values
