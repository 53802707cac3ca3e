# INPUTS   CISGRAMMAR_FAST_DAG=1 in the environment (docs/cluster.md)
# OUTPUTS  Snakemake's own work for each job of a large run, done once where it comes out the same for all of them
#
# A dry-run of 10,000 jobs asks 100,000 times for the signature of the same few functions, and 30,000 times for the
# place of the same few scripts. A Snakemake without these names runs as before, only slower.

import functools
import gc

import snakemake.common
import snakemake.rules
import snakemake.sourcecache

# A large graph of jobs lives to the end: looking through it for garbage is time lost.
gc.set_threshold(100_000, 50, 100)
for place, name in (
    (snakemake.common, "get_function_params"),
    (snakemake.rules, "get_function_params"),
    (snakemake.sourcecache, "parse_uri"),
):
    if hasattr(place, name) and not hasattr(getattr(place, name), "cache_info"):
        setattr(place, name, functools.cache(getattr(place, name)))
