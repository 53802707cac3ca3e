"""A script's job as Snakemake hands it over, on files in a folder."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

from cisgrammar.provenance.job import Job

SCRIPT = "from cisgrammar.script import run\n\nrun(snakemake, main)\n"


class Named(dict):
    """Named files or values: iterated over its values, as Snakemake's are."""

    def __iter__(self):
        return iter(self.values())

    def __getitem__(self, key):
        return list(self.values())[key] if isinstance(key, int) else super().__getitem__(key)


def toy_job(rule, inputs, outputs, params=None, threads=1, **wildcards):
    """The object of a script; its script is in `scripts`."""
    Path("scripts").mkdir(exist_ok=True)
    script = Path("scripts", f"{rule}.py")
    if not script.exists():
        script.write_text(SCRIPT)
        os.utime(script, (1000, 1000))
    return SimpleNamespace(
        rule=rule,
        scriptdir=str(script.parent.absolute()),
        input=Named(inputs),
        output=Named(outputs),
        params=Named(params or {}),
        wildcards=Named(wildcards),
        threads=threads,
    )


def run_job(rule, inputs, outputs, params=None, threads=1, **wildcards):
    """Make the outputs of a job of its inputs, and its record, as `cisgrammar.script.run` does."""
    given = toy_job(rule, inputs, outputs, params, threads, **wildcards)
    job = Job(given)
    text = "".join(Path(path).read_text() for path in inputs.values() if not Path(path).is_dir())
    for name, path in outputs.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(f"{rule} {name} {params}\n{text}")
    assert Path(sys.argv[0]).stem != rule
    job.write()
