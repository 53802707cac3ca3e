"""The frame of every script: log, errors, threads."""

import logging
import os
import subprocess
import sys
import warnings
from types import SimpleNamespace

import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.script import QUIET, optional_path, run, set_threads


def fake(tmp_path):
    return SimpleNamespace(log=[str(tmp_path / "logs" / "rule.log")])


@pytest.mark.parametrize("kind", [ValueError, ConfigError, FileNotFoundError])
def test_users_errors_are_one_line_in_log_and_stderr(tmp_path, capsys, kind):
    def main(_):
        raise kind("peaks.bed:3: end 5 is not beyond start 9; wanted start < end")

    with pytest.raises(SystemExit) as stop:
        run(fake(tmp_path), main)
    assert stop.value.code == 1
    for text in ((tmp_path / "logs" / "rule.log").read_text(), capsys.readouterr().err):
        assert text.count("\n") == 1
        assert text.endswith("ERROR error: peaks.bed:3: end 5 is not beyond start 9; wanted start < end\n")


def test_a_terminal_that_jobs_share_gets_warnings_with_their_names(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv(QUIET, "1")
    job = SimpleNamespace(log=[str(tmp_path / "rule.log")], rule="count_reads", wildcards=["demo"])

    def main(_):
        logging.info("a line of the log")
        logging.warning("3 reads are left out")

    run(job, main)
    assert capsys.readouterr().err == "    count_reads demo: 3 reads are left out\n"
    assert "a line of the log" in (tmp_path / "rule.log").read_text()


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 7.45 TiB for an array with shape (1000000000000,)"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: not enough memory: you tried to"
        ),
        RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has"),
    ],
)
def test_a_lack_of_memory_is_one_line(tmp_path, error):
    def main(_):
        raise error

    with pytest.raises(SystemExit) as stop:
        run(fake(tmp_path), main)
    assert stop.value.code == 1
    log = (tmp_path / "logs" / "rule.log").read_text()
    assert "ERROR error: no memory left; give the job more" in log
    assert log.count("\n") == 1


def test_our_errors_keep_their_traceback(tmp_path):
    def main(_):
        return {}["missing"]

    with pytest.raises(SystemExit) as stop:
        run(fake(tmp_path), main)
    assert stop.value.code == 1
    log = (tmp_path / "logs" / "rule.log").read_text()
    assert "Traceback" in log
    assert "KeyError: 'missing'" in log


def test_log_takes_info_and_warnings_and_starts_afresh(tmp_path):
    def main(snakemake):
        logging.getLogger("cisgrammar.some").info("counted %d", 7)
        warnings.warn("cropped", stacklevel=1)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        for _ in range(2):
            run(fake(tmp_path), main)
    log = (tmp_path / "logs" / "rule.log").read_text()
    assert log.count("INFO counted 7") == 1
    assert "cropped" in log


def test_threads_go_to_every_library(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_WAIT_POLICY"):
        monkeypatch.setenv(name, "before")
    set_threads(3)
    assert [os.environ[f"{lib}_NUM_THREADS"] for lib in ("OMP", "MKL", "OPENBLAS")] == ["3"] * 3
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    with pytest.raises(ValueError, match="threads: must be at least 1, got 0"):
        set_threads(0)


def test_a_job_has_the_threads_of_its_rule_before_torch_is_imported(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    seen = []
    job = SimpleNamespace(log=[str(tmp_path / "rule.log")], threads=5)
    run(job, lambda _: seen.append(os.environ["OMP_NUM_THREADS"]))
    assert seen == ["5"]


def test_a_job_with_other_code_than_its_rules_does_no_work(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CISGRAMMAR_RULES", f"0 {tmp_path}/workflow/cisgrammar")
    with pytest.raises(SystemExit):
        run(fake(tmp_path), lambda _: pytest.fail("it ran"))
    assert capsys.readouterr().err.count("ERROR error: this job has another cisgrammar") == 1


def test_threads_after_torch_are_an_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace())
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with pytest.raises(RuntimeError, match="after torch"):
        set_threads(2)


def test_optional_path():
    assert optional_path([]) is None
    assert optional_path(None) is None
    assert optional_path(["a.bed"]) == "a.bed"
    assert optional_path("a.bed") == "a.bed"


@pytest.mark.parametrize(
    "module", ["script", "files.atomic", "signal.sample", "signal.regions", "signal.preflight", "sequence.fasta"]
)
def test_preparing_imports_neither_torch_nor_pandas(module):
    code = f"import sys, cisgrammar.{module}; print(*({{'torch', 'pandas', 'scipy', 'pysam'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


@pytest.mark.parametrize("module", ["script", "files.atomic"])
def test_the_frame_imports_no_numpy(module):
    code = f"import sys, cisgrammar.{module}; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


LEFT = """
from types import SimpleNamespace
from cisgrammar.script import run

class Circle:
    def __init__(self):
        self.itself = self
    def __del__(self):
        print("collected", flush=True)

def main(_):
    Circle.last = Circle()

run(SimpleNamespace(log=[]), main)
print("done")
"""


def test_the_end_of_a_job_looks_for_no_garbage():
    done = subprocess.run([sys.executable, "-c", LEFT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "done\n"
