"""One job of a rule: its script, as Snakemake runs it, on given files and parameters."""

import json
import runpy
import sys
from types import SimpleNamespace

from process import SCRIPTS


class Named(dict):
    """Named files or values: iterated over its values, as Snakemake's are."""

    def __getattr__(self, name):
        if name not in self.keys():
            raise AttributeError(name)
        return self[name]

    def __iter__(self):
        return iter(self.values())


def main():
    given = json.loads(sys.argv[1])
    job = SimpleNamespace(log=[], rule=given["rule"], threads=given["threads"])
    for name in ("input", "output", "params", "wildcards"):
        setattr(job, name, Named(given[name]))
    runpy.run_path(str(SCRIPTS / f"{given['rule']}.py"), init_globals={"snakemake": job}, run_name="__main__")


if __name__ == "__main__":
    main()
