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
    # All sites are at the least p-value, which no decoy reaches.
    assert found["ablation.decoys.at_bar_of_sites"].value == 0
    verdicts = [g.verdict for g in found.values()]
    assert verdicts == sorted(verdicts, key=lambda v: v == "n/a")


def test_decoys_that_matter_fail_and_raise_the_bar_of_the_motifs():
    found = gates(lambda t: t.assign(q_value=t["q_value"].where(t["kind"] != "decoy", 0.001)))
    assert found["ablation.decoys"].value == 1
    assert found["ablation.decoys"].verdict == "fail"
    assert found["ablation.m.necessary"].bar == 1
    assert found["ablation.m.necessary"].verdict == "warn"


def test_a_bias_model_that_knows_motifs_fails():
    found = gates(lambda t: t.assign(q_value=t["q_value"].where(t["model"] != "bias", 0.001)))
    assert found["ablation.bias.sites"].verdict == "fail"
    assert found["ablation.decoys"].verdict == "pass"


def test_numbers_that_are_not_there_are_left_out():
    found = gates(lambda t: t[t["kind"] != "decoy"])
    assert "ablation.decoys" not in found
    assert "ablation.m.decoy_necessity" not in found
    found = gates(lambda t: t.assign(q_value=np.nan))
    assert found["ablation.m.necessary"].value is None
    assert found["ablation.m.necessary"].verdict == "warn"
