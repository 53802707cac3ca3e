"""The ablation stage run for real on the tiny config's model."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from cisgrammar.ablation.contributions.contribution_files import read_contributions
from cisgrammar.tables.io import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
ABLATION = {
    "consensus": {"REB1": "TTACCCGG", "CBF1": "TCACGTGA"},
    "n": 4,
    "controls": 20,
    "decoys": 1,
    "decoy_sites": 10,
    "most_sites": 15,
    "backgrounds": 4,
    "pairs": [["REB1", "CBF1"]],
    "spacings": [0, 2],
    "shards": 2,
    "contributions": {"most_peaks": 7, "references": 3, "outputs": ["counts"]},
}


@pytest.fixture(scope="module")
def ablated(tmp_path_factory, flow_in):
    from copy import deepcopy

    import yaml

    flow = flow_in(tmp_path_factory.mktemp("ablated"))
    config = deepcopy(yaml.safe_load((flow.folder / "config.yaml").read_text()))
    flow.write_config({**config, "ablation": ABLATION})
    done = flow.run("ablation")
    assert done.returncode == 0, done.stdout
    return flow


def folder_of(flow):
    return flow.results / "ablation" / "tiny" / "fold0"


def test_every_site_has_an_effect_in_every_part_of_the_model(ablated):
    sites = read_table(folder_of(ablated) / "sites.tsv")
    effects = read_table(folder_of(ablated) / "site_effects.tsv")
    assert set(effects["model"]) == {"combined", "residual", "bias"}
    assert {"site", "control"} <= set(sites["kind"])
    for _, part in effects[effects["kind"] != "control"].groupby("model"):
        assert sorted(part["site"]) == sorted(sites.loc[sites["kind"] != "control", "site"])


def test_the_page_holds_every_motif_and_nothing_from_elsewhere(ablated):
    page = (folder_of(ablated) / "table.html").read_text()
    assert "REB1" in page
    assert "CBF1" in page
    # In a logo's address a mark of its own drawing, #, is written %23.
    assert re.findall(r"""(?:src|href)=["'](?!data:|#|%23)""", page) == []


def test_contributions_are_of_the_residual_and_lie_on_the_genome(ablated):
    import pyBigWig

    found = read_contributions(folder_of(ablated) / "contributions.h5")
    assert len(found.codes) == 7
    assert [output for _, output in found.hypothetical] == ["counts"]
    (key,) = found.hypothetical
    bases = found.of_bases(key)
    with pyBigWig.open(str(folder_of(ablated) / "contributions_counts.bw")) as track:
        values = track.values(found.chrom[0], int(found.start[0]), int(found.start[0]) + bases.shape[1])
    np.testing.assert_allclose(values, bases[0], rtol=1e-5, atol=1e-7)
    seqlets = read_table(folder_of(ablated) / "seqlets.tsv")
    assert set(seqlets.columns) >= {"chrom", "start", "end", "contribution", "motifs"}
    assert len((folder_of(ablated) / "seqlets.bed").read_text().splitlines()) == len(seqlets)


def test_gates_are_of_motifs_and_decoys(ablated):
    gates = json.loads((folder_of(ablated) / "gates.json").read_text())
    names = {gate["name"] for gate in gates}
    assert {"ablation.bias.sites", "ablation.REB1.necessary", "ablation.CBF1.necessary"} <= names
    assert {gate["sample"] for gate in gates} == {"tiny"}


def test_planted_sites_stand_beside_those_found(ablated):
    truth = read_table(folder_of(ablated) / "truth.tsv")
    planted = truth[truth["group"] == "planted"].set_index("factor")
    assert planted.loc["all", "sites"] == planted.drop("all")["sites"].sum() > 0
    assert 0 < planted.loc["all", "found"] < planted.loc["all", "sites"]
    assert (folder_of(ablated) / "truth_spacings.tsv").read_text().startswith("pair\toffset\tgap\tplanted\ttrue")


def test_the_number_of_shards_changes_no_number(ablated):
    before = read_table(folder_of(ablated) / "site_effects.tsv")
    config = (ablated.folder / "config.yaml").read_text()
    (ablated.folder / "config.yaml").write_text(config.replace("shards: 2", "shards: 1"))
    done = ablated.run("ablation")
    assert done.returncode == 0, done.stdout
    after = read_table(folder_of(ablated) / "site_effects.tsv")
    # Windows of another batch differ in the last digits of float32.
    pd.testing.assert_frame_equal(after[before.columns], before, rtol=1e-3, atol=2e-5)
