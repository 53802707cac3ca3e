"""Gates of the ablation stage: what passes, what warns, what fails."""

import numpy as np
import pandas as pd

from cisgrammar.ablation.tables.gates import ablation_gates
from cisgrammar.ablation.tables.motif_table import motif_table
from cisgrammar.ablation.tables.site_table import site_table
from cisgrammar.config.ablation import Ablation
from toy_site_tables import made_effects, made_sites, made_sufficiency

SETTINGS = Ablation(models=("combined", "bias"))


def gates(change=None):
    sites = made_sites()
    table = site_table(sites, made_effects(sites))
    table = table if change is None else change(table)
    motifs = motif_table(table, {}, made_sufficiency(), pd.DataFrame(), pd.DataFrame())
    return {g.name: g for g in ablation_gates(table, motifs, SETTINGS, "s", "f")}


def test_motifs_that_matter_pass():
    found = gates()
    for gate in found.values():
        assert (gate.stage, gate.sample, gate.fold) == ("ablation", "s", "f")
    assert found["ablation.m.necessary"].value == 1
    assert found["ablation.m.necessary"].bar == 0.05
    graded = {name: g.verdict for name, g in found.items() if g.verdict != "n/a"}
    names = ("decoys", "bias.sites", "m.necessary", "k.necessary")
    assert graded == {f"ablation.{name}": "pass" for name in names}
    assert found["ablation.m.sufficiency"].value == 0.5
    assert found["ablation.m.share_footprint"].value == 1
    assert found["ablation.decoys.profile"].verdict == "n/a"
    verdicts = [g.verdict for g in found.values()]
    assert verdicts == sorted(verdicts, key=lambda v: v == "n/a")


def some_matter(table, share, model="combined", kind="decoy", shift=2.0):
    """Effects of sites without any, but for a share of one kind that is beyond nearly all controls."""
    rng = np.random.default_rng(5)
    sites = table.drop_duplicates("site")
    effect = rng.normal(size=(2, len(sites)))
    chosen = (sites["kind"] == kind).to_numpy() & (rng.random(len(sites)) < share)
    effect[["combined", "bias"].index(model), chosen] += shift
    return effect


def judged(share, **where):
    """Gates of sites without effect, but for some, through the real tests."""
    sites = made_sites(controls=400)
    effects = made_effects(sites)
    effect = some_matter(sites, share, **where).ravel()
    effects["delta_log_counts"] = np.where(effects["model"] == "combined", effect, np.nan)
    effects["profile_jsd"], effects["local_log_ratio"] = np.abs(effect), effect
    table = site_table(sites, effects)
    motifs = motif_table(table, {}, made_sufficiency(), pd.DataFrame(), pd.DataFrame())
    return {g.name: g for g in ablation_gates(table, motifs, SETTINGS, "s", "f")}


def test_decoys_that_matter_fail():
    """30 % with an effect of two standard deviations passed in 70 % of runs, by q among themselves."""
    assert judged(0)["ablation.decoys"].verdict in ("pass", "warn")
    found = judged(0.4, shift=3.0)["ablation.decoys"]
    assert (found.bar, found.verdict) == (0.05, "fail")
    assert found.value > 0.2


def test_a_bias_model_that_holds_motifs_fails_by_its_profile():
    assert judged(0)["ablation.bias.sites"].verdict in ("pass", "warn")
    found = judged(0.6, model="bias", kind="site", shift=4.0)
    assert found["ablation.bias.sites"].verdict == "fail"
    assert found["ablation.decoys"].verdict in ("pass", "warn")


def test_motifs_without_effect_fail_and_a_small_common_one_is_a_warning():
    found = judged(0)
    assert [found[f"ablation.{m}.necessary"].verdict for m in "mk"] == ["fail", "fail"]
    found = judged(1, kind="site", shift=0.9)
    assert [found[f"ablation.{m}.necessary"].verdict for m in "mk"] == ["warn", "warn"]
    assert max(found[f"ablation.{m}.p_mean"].value for m in "mk") < 0.05


def test_decoys_with_as_many_q_values_raise_the_bar_of_the_motifs():
    found = gates(lambda t: t.assign(q_value=t["q_value"].where(t["kind"] != "decoy", 0.001)))
    assert found["ablation.m.necessary"].bar == 1
    # The mean of the sites is still told from controls.
    assert found["ablation.m.necessary"].verdict == "warn"


def test_numbers_that_are_not_there_are_left_out():
    found = gates(lambda t: t[t["kind"] != "decoy"])
    assert "ablation.decoys" not in found
    assert "ablation.m.decoy_necessity" not in found
    found = gates(lambda t: t.assign(q_value=np.nan, delta_log_counts=np.nan))
    assert found["ablation.m.necessary"].value is None
    assert found["ablation.m.necessary"].verdict == "fail"


def test_decoys_that_share_few_controls_are_judged_as_fewer():
    """5 of 40 decoys: their lower end is 0.055 if independent, 0.04 if ranked among 99 controls."""
    few = gates(lambda t: t.assign(p_value=np.where(t["site"] % 8 == 0, 0.01, 0.5)))["ablation.decoys"]
    many = gates(lambda t: t.assign(p_value=np.where(t["site"] % 8 == 0, 0.01, 0.5), controls=10**6))["ablation.decoys"]
    assert few.value == many.value == 0.125
    assert (few.verdict, many.verdict) == ("warn", "fail")
