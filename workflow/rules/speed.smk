# INPUTS   CISGRAMMAR_FAST_DAG in the environment: 0 leaves Snakemake as it is (docs/cluster.md)
# OUTPUTS  Snakemake's own work for each job of a large run, done once where it comes out the same for all of them

from cisgrammar.run.speed import speed_up

speed_up()
