"""A run from its plan to its end: its results are its own, signals reach its jobs, and its last words."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from cisgrammar.provenance.lock import ResultsInUseError, ResultsLock
from cisgrammar.provenance.record import announce_results
from cisgrammar.provenance.settle import keep_states_since
from cisgrammar.run.ending import failure, headline
from cisgrammar.run.interruption import Interruption, pass_hangup_on
from cisgrammar.run.planning import Planning, settle_results
from cisgrammar.run.run import Run
from cisgrammar.run.tracing import traced_settings, traced_stages


class Session:
    """One process of Snakemake that works for a run.

    Parameters
    ----------
    run
        The run.
    places
        The places of its figures.
    checkout
        Folder of `scripts` and `workflow/cisgrammar`.
    wildcards
        Snakemake's wildcards, made of a dictionary `fromdict`.
    error
        What Snakemake shows as one line.
    alone
        Whether the rules are those of this checkout as they stand (`Planning`).
    """

    def __init__(
        self,
        run: Run,
        places: Collection[str],
        checkout: Path,
        wildcards: Callable[..., Any],
        error: type[Exception],
        alone: bool = True,
    ) -> None:
        self._run, self._checkout, self._wildcards = run, checkout, wildcards
        self._error, self._alone = error, alone
        self._names = {**run.all_names, "place": places, "stage": traced_stages(run)}
        self._rules: dict[str, Any] = {}
        announce_results(run.config.results)
        self._lock, self._interruption = ResultsLock(run.config.results), Interruption()

    @property
    def _results(self) -> str:
        return self._run.config.results

    @cached_property
    def _planning(self) -> Planning:
        return Planning(self._checkout, self._rules, self._names, self._wildcards, self._alone)

    def plan(self, rules: Any, main: bool) -> None:
        """Compare the results that are there with the run, once all rules are known.

        Parameters
        ----------
        rules
            Snakemake's rules, by attribute.
        main
            Whether this process plans: those of jobs leave the results as they are.
        """
        scripts = self._checkout / "scripts"
        for path in sorted(scripts.glob("*.py")):
            # Snakemake raises an error of its own for a rule that this config has not.
            with suppress(AttributeError, self._error):
                self._rules[path.stem] = getattr(rules, path.stem).rule
        if not main:
            pass_hangup_on()
        elif Path(self._results).is_dir() and scripts.is_dir() and (message := self._settled()):
            print(message, file=sys.stderr)

    def _settled(self) -> str:
        try:
            self._lock.take()
            message = settle_results(self._planning, self._results)
            self._lock.release()
        except ResultsInUseError:
            return f"{self._results}: another run works in this folder, so what is there is not compared with this run"
        except OSError as error:
            raise self._error(f"{self._results}: cannot be brought up to date: {error}") from None
        return message

    def files(self, stage: str) -> list[str]:
        """Every file of a stage: its manifest vouches for all of them."""
        return self._planning.files_below(f"{self._results}/{stage}", self._run)

    def stages(self, wildcards: Any = None) -> Mapping[str, Mapping[str, Any]]:
        """Stage -> its settings and the digests of its code now, to compare manifests with; as a rule's param."""
        code = {
            stage: self._planning.code(self._planning.rules_below(f"{self._results}/{stage}"))
            for stage in self._names["stage"]
        }
        return {stage: {"settings": traced_settings(self._run, stage), "code": code[stage]} for stage in code}

    def begin(self) -> None:
        """Keep the results for this run alone, and have signals reach its jobs; an error if another run has them."""
        try:
            self._lock.take()
        except ResultsInUseError as error:
            raise self._error(str(error)) from None
        self._interruption.watch()

    def ended(self, well: bool = True) -> str:
        """What is said at the end."""
        keep_states_since(self._results, self._run.began)
        return headline(self._run) if well else failure(self._run, self._interruption.happened)
