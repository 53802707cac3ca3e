"""The workflow as a `module` of another one, and by the name that the workflow catalog looks for."""

import re
import subprocess
import sys

import pytest
import yaml

from cisgrammar.config.schema import Config
from places import ROOT

ENTRIES = [path for path in ("Snakefile", "workflow/Snakefile") if (ROOT / path).exists()]
OUTER = """
configfile: "config.yaml"

module cisgrammar:
    snakefile: "{entry}"
    config: config

use rule * from cisgrammar as {prefix}*

rule count:
    default_target: True
    input: rules.{prefix}collect_manifests.output.manifest
    output: "bytes.txt"
    shell: "wc -c < {{input}} > {{output}}"
"""


def counts(flow, *arguments):
    """Rule -> number of jobs of a dry-run in the flow's folder."""
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments, "--dry-run", "--quiet", "rules"],
        cwd=flow.folder,
        env=flow.environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    lines = [line.split() for line in done.stdout.splitlines()]
    return {words[0]: int(words[1]) for words in lines if len(words) == 2 and words[1].isdigit()}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("prefix", ["", "inner_"])
def test_another_workflow_uses_its_rules_and_files(flow, entry, prefix):
    (flow.folder / "Snakefile").write_text(OUTER.format(entry=ROOT / entry, prefix=prefix))
    alone = counts(flow, "results/manifest.json", "--snakefile", str(ROOT / "Snakefile"), "--configfile", "config.yaml")
    within = counts(flow)
    assert within.pop("count") == 1
    assert within.pop("total") == alone.pop("total") + 1
    assert within == {prefix + rule: number for rule, number in alone.items()}


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_gives_the_same_run(flow, entry):
    whole = counts(flow, "--snakefile", str(ROOT / "Snakefile"), "--configfile", "config.yaml")
    found = counts(flow, "--snakefile", str(ROOT / entry), "--configfile", "config.yaml")
    targets = {"all", "everything"}
    assert {k: v for k, v in found.items() if k not in targets} == {k: v for k, v in whole.items() if k not in targets}


def test_the_catalog_entry_says_what_the_rules_have():
    entry = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    text = "".join(path.read_text() for path in [ROOT / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")])
    rules = re.findall(r"(?ms)^ *rule \w+:.*?(?=^ *rule |\Z)", text)
    works = [rule for rule in rules if "script:" in rule]
    # The image is a file that is built by hand: somebody who has the workflow from the catalog has none.
    assert entry["software-stack-deployment"] == {"conda": True, "apptainer": False}
    assert Config.model_fields["container"].default.startswith("containers/")
    assert len(works) > 20
    assert all("conda:" in rule for rule in works)
    assert re.search(r"(?m)^container:", text)
    assert entry["report"] == ("report(" in text)
    # The package is on no channel: the environment installs it from a checkout, which is not where the run is.
    assert entry["mandatory-flags"]["flags"] == "--sdm conda"
    (variable,) = re.findall(r"\$\{(\w+)", (ROOT / "envs" / "cpu.post-deploy.sh").read_text())
    assert variable in entry["mandatory-flags"]["desc"]
    for name in ("workflow/Snakefile", "config/README.md"):
        assert (ROOT / name).is_file()


@pytest.mark.parametrize(
    ("entry", "asked", "cached"),
    [("Snakefile", "1", True), ("workflow/Snakefile", "", True), ("Snakefile", "0", False), (None, "1", False)],
)
def test_snakemake_itself_is_changed_unless_turned_off_and_never_for_another_workflow(flow, entry, asked, cached):
    told = "import atexit, sys\natexit.register(lambda: print('cached', hasattr(sys.modules['snakemake.rules']"
    (flow.folder / "sitecustomize.py").write_text(f"{told}.get_function_params, 'cache_info')))\n")
    (flow.folder / "Snakefile").write_text(OUTER.format(entry=ROOT / "Snakefile", prefix=""))
    snakefile = str(ROOT / entry if entry else flow.folder / "Snakefile")
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--snakefile", snakefile, "--configfile", "config.yaml", "--dry-run"],
        cwd=flow.folder,
        env={**flow.environment, "PYTHONPATH": str(flow.folder), "CISGRAMMAR_FAST_DAG": asked},
        text=True,
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert f"cached {cached}" in done.stdout
