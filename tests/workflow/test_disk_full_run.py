"""The disk, or a quota, is full in the middle of a run: the log says so, and with room the same command goes on."""

import subprocess

import pytest

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(300)]


def mount(*arguments):
    return subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True)


@pytest.fixture
def cramped(flow):
    """A run whose results are on a file system of their own, too small for them."""
    flow.results.mkdir()
    done = mount("-t", "tmpfs", "-o", "size=3000k", "tmpfs", flow.results)
    if done.returncode:
        pytest.skip(f"no small file system can be mounted here (not root?): {done.stderr.strip()}")
    yield flow
    subprocess.run(["umount", str(flow.results)], check=True)


def test_a_full_results_folder_is_one_clear_error_and_costs_nothing(cramped, finished):
    wanted = finished.fingerprints()
    failed = cramped.run("--keep-going")
    assert failed.returncode != 0
    assert "no room for it" in failed.stdout
    assert "free some and run the same command again" in failed.stdout
    found = cramped.fingerprints()
    assert found, "what fitted is there"
    assert {name: wanted.get(name) for name in found} == found
    assert mount("-o", "remount,size=500m", cramped.results).returncode == 0
    done = cramped.run()
    assert done.returncode == 0, done.stdout
    assert cramped.fingerprints() == wanted
