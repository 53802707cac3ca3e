# INPUTS   the records of jobs in <results>, the rules of this run
# OUTPUTS  times of the results: those that this run would make otherwise are made again, all others are up to date
#
# It comes after all rules. Jobs read the rules again and leave the results as they are.

import functools
from contextlib import suppress

from snakemake.iocontainers import Wildcards

from cisgrammar.provenance.lock import ResultsInUseError, ResultsLock
from cisgrammar.provenance.settle import keep_states_since
from cisgrammar.run.interruption import Interruption, pass_hangup_on
from cisgrammar.run.planning import Planning, settle_results

LOCK, INTERRUPTION = ResultsLock(CFG.results), Interruption()


@functools.cache
def planning():
    """The jobs of this run; rules must all be there."""
    names = {**RUN.all_names, "place": DRAWING.places(), "stage": tracing.traced_stages(RUN)}
    alone = Path(workflow.main_snakefile).resolve() in ENTRIES
    return Planning(CHECKOUT, own_rules(), names, lambda named: Wildcards(fromdict=named), alone)


def own_rules():
    """The rules of this checkout that run scripts, by name."""
    found = {}
    for path in (CHECKOUT / "scripts").glob("*.py"):
        # Snakemake raises an error of its own for a rule that this config has not.
        with suppress(WorkflowError, AttributeError):
            found[path.stem] = getattr(rules, path.stem).rule
    return found


def settle():
    """Compare the results that are there with this run, and say what is made again."""
    try:
        LOCK.take()
        message = settle_results(planning(), CFG.results)
        LOCK.release()
    except ResultsInUseError:
        message = f"{CFG.results}: another run works in this folder, so what is there is not compared with this run"
    except OSError as error:
        raise WorkflowError(f"{CFG.results}: cannot be brought up to date: {error}") from None
    if message:
        print(message, file=sys.stderr)


def begin():
    """Keep the results for this run alone, and have signals reach its jobs."""
    try:
        LOCK.take()
    except ResultsInUseError as error:
        raise WorkflowError(str(error)) from None
    INTERRUPTION.watch()


if workflow.is_main_process and Path(CFG.results).is_dir() and (CHECKOUT / "scripts").is_dir():
    settle()
elif not workflow.is_main_process:
    pass_hangup_on()
