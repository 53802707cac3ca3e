"""Tables as the ablation stage writes them: two motifs that matter to one model and not to the other."""

import numpy as np
import pandas as pd

_COUNTS = {"m": ("site", 20), "k": ("site", 20), "m.decoy1": ("decoy", 20), "k.decoy1": ("decoy", 20)}


def made_sites(controls=99, seed=0):
    """Sites, decoys and controls; two sites of a motif in each region."""
    rows = []
    for name, (kind, number) in {**_COUNTS, "control": ("control", controls)}.items():
        for i in range(number):
            matched = {"site": "", "decoy": name.split(".")[0], "control": "site_0"}[kind]
            start = 1000 * (i // 2) + 40 * len(rows) + 5
            score = np.nan if kind == "control" else -float(i % 4)
            rows.append((len(rows), i // 2, "chr1", start, start + 8, name, "+-"[i % 2], kind, score, matched, i, 0.5))
    columns = (
        "site",
        "region",
        "chrom",
        "start",
        "end",
        "name",
        "strand",
        "kind",
        "score",
        "matched_to",
        "offset",
        "gc",
    )
    return pd.DataFrame(rows, columns=list(columns))


def made_effects(sites, seed=0):
    """Sites are worth 1 to the combined model, all else about 0."""
    rng = np.random.default_rng(seed)
    parts = []
    for model in ("combined", "bias"):
        worth = ((sites["kind"] == "site") & (model == "combined")).to_numpy().astype(float)
        noise = 0.1 * np.tanh(rng.normal(size=(2, len(sites))))
        if model == "bias":
            noise[:, sites["kind"] == "site"] /= 5
        else:
            noise[:, sites["kind"] == "decoy"] /= 2
        forward, reverse = worth + noise
        reverse = forward + 0.02 * np.sign(reverse - worth)
        columns = {
            "site": sites["site"],
            "head": "signal",
            "delta_log_counts": (forward + reverse) / 2,
            "delta_log_counts_se": 0.01,
            "profile_jsd": 0.1 + 0.2 * worth + np.abs(noise[0]) / 5,
            "profile_jsd_se": 0.01,
            "local_log_ratio": worth * 0.3,
            "local_log_ratio_se": 0.01,
            "predicted_log_counts": 5.0 + (sites["region"] % 3),
            "arrangements": 12,
            "allowed": 11,
            "distinct": 11,
            "identical": 1,
            "how": "listed",
            "kept": "dinucleotide",
            "shuffled_start": sites["start"],
            "shuffled_end": sites["end"],
            "delta_log_counts_forward": forward,
            "delta_log_counts_reverse": reverse,
            "attribution": np.nan,
            "model": model,
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def made_sufficiency():
    """Motifs are worth 0.5 in background, decoys 0.02."""
    rows = [
        (name, kind, of, model, "signal", 8, value, error, 0.2, 0.01)
        for model in ("combined", "bias")
        for name, kind, of, value, error in (
            ("m", "motif", "", 0.5, 0.1),
            ("k", "motif", "", 0.4, 0.1),
            ("m.decoy1", "decoy", "m", 0.03, 0.03),
            ("m.decoy2", "decoy", "m", 0.01, 0.04),
        )
    ]
    columns = ("motif", "kind", "decoy_of", "model", "head", "backgrounds", "delta_log_counts", "delta_log_counts_se")
    return pd.DataFrame(rows, columns=[*columns, "profile_jsd", "profile_jsd_se"])


class KeptProfiles:
    """Profiles of sites that are in memory."""

    def __init__(self, site, before, after):
        self.site, self._profiles = site, (before, after)

    def read(self, rows):
        """Before and after."""
        return tuple(values[rows] for values in self._profiles)
