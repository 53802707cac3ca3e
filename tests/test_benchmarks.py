"""Jobs of the benchmarks have the files that their scripts read and write."""

import re
import sys
from pathlib import Path

import pytest

from places import ROOT

FOLDER = ROOT / "benchmarks"
# Files of simulated data; and in one script `given` is what was set.
OPTIONAL = {
    "evaluate_profiles": {"truth", "truth_sites", "truth_rates"},
    "collect_variants": {"signs"},
    "predict_regions": {"settings", "get", "device", "batch_size"},
}


@pytest.fixture(scope="module")
def memory():
    if not (FOLDER / "human_scale").is_dir():
        pytest.skip("no benchmarks beside the tests")
    sys.path.insert(0, str(FOLDER))
    from human_scale import memory

    yield memory
    sys.path.remove(str(FOLDER))


def named(text, *places):
    return {name for place in places for name in re.findall(rf"\b{place}\.([a-z_]+)\b", text)}


def test_jobs_of_the_memory_benchmark_have_all_files(memory):
    for rule in memory.RULES:
        for _, script, given in memory._JOBS[rule](Path("made"), Path("made") / rule, 10):
            text = (ROOT / "scripts" / f"{script}.py").read_text()
            lacks = named(text, "given", r"snakemake\.input") - given["input"].keys()
            lacks |= named(text, "out", r"snakemake\.output") - given["output"].keys()
            assert lacks <= OPTIONAL.get(script, set()), (script, lacks)
