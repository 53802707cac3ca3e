"""`snakemake figures`: the same bytes from scratch, what the config selects, and a lab's own figure."""

import copy
import re
import shutil

import pytest
from matplotlib.image import imread

from places import ROOT

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(600)]
PAGE = (ROOT / "docs" / "figures.md").read_text()
OWN = next(block for block in re.findall(r"```python\n(.*?)```", PAGE, re.S) if "def paint" in block)


@pytest.fixture
def copied(finished, tmp_path):
    flow = type(finished)(tmp_path)
    shutil.copytree(finished.folder, flow.folder, dirs_exist_ok=True)
    return flow


def figures(flow):
    return {name: digest for name, digest in flow.fingerprints().items() if name.startswith("figures/")}


def test_figures_from_scratch_are_the_same_bytes_and_nothing_else_runs(copied):
    before = figures(copied)
    kinds = {name.rsplit(".", 1)[1] for name in before if "manifest" not in name}
    assert kinds == {"pdf", "png", "tsv"}
    for _ in range(2):
        shutil.rmtree(copied.results / "figures")
        done = copied.run("figures")
        assert done.returncode == 0, done.stdout
        ran = set(re.findall(r"(?m)^(?:local)?rule (\w+):", done.stdout))
        assert ran <= {"draw_figures", "figures", "write_manifest", "collect_manifests"}
        assert figures(copied) == before


def test_the_config_selects_and_styles_and_a_labs_own_figure_stands_beside_them(copied, tiny):
    (copied.folder / "gc.py").write_text(OWN)
    config = copy.deepcopy(tiny)
    own = {
        "script": "gc.py",
        "tables": {"regions": "prepare/{sample}/{fold}/regions.tsv"},
        "title": "GC of peaks",
    }
    config["figures"] = {"select": ["loci", "gc_of_peaks"], "formats": ["svg"], "font_size": 9, "scale": 1.5}
    config["figures"]["own"] = {"gc_of_peaks": own}
    folder = copied.results / "figures" / "tiny" / "fold0"
    usual, table = imread(folder / "loci.png").shape[:2], (folder / "loci.tsv").read_bytes()
    copied.write_config(config)
    done = copied.run("results/report.html")
    assert done.returncode == 0, done.stdout
    assert sorted(p.name for p in folder.iterdir() if p.name[0] != ".") == sorted(
        f"{name}.{kind}" for name in ("loci", "gc_of_peaks") for kind in ("png", "svg", "tsv")
    )
    assert imread(folder / "loci.png").shape[:2] == pytest.approx([1.5 * side for side in usual], abs=1)
    assert (folder / "loci.tsv").read_bytes() == table
    assert "GC of peaks" in (copied.results / "report.html").read_text()


@pytest.mark.parametrize(
    ("figures", "script", "said"),
    [
        ({"select": ["logo"]}, "", "no figure logo in this run; there are bias_preference"),
        ({"font": "No Such Font"}, "", "'No Such Font' is not installed"),
        ({"own": {"loci": {}}}, OWN, "loci is the name of a figure of cisgrammar's"),
        ({"own": {"mine": {}}}, "x = 1", "no function tabulate and paint"),
        ({"own": {"mine": {"each": "model"}}}, OWN, "{fold} in a figure for each model, which has {model}"),
        ({"own": {"mine": {}}}, OWN.replace('"gc"', '"no"'), "own.py, line 8: KeyError"),
    ],
)
def test_a_wrong_wish_is_one_clear_error(copied, tiny, figures, script, said):
    (copied.folder / "own.py").write_text(script)
    for own in figures.get("own", {}).values():
        own.update({"script": "own.py", "tables": {"regions": "prepare/{sample}/{fold}/regions.tsv"}, "title": "t"})
    copied.write_config({**copy.deepcopy(tiny), "figures": figures})
    done = copied.run("figures")
    assert done.returncode != 0
    assert said in done.stdout
