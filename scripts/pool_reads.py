"""Add up the counts of the samples of a group."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.signal.store import open_signal, pool_signals, write_signal

    heads, attrs = pool_signals([open_signal(path) for path in snakemake.input.signals])
    write_signal(snakemake.output.signal, heads, attrs)


run(snakemake, main)
