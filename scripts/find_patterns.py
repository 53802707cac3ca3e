"""Find the patterns of a sample in the contributions of its windows."""

from cisgrammar.script import run


def main(snakemake):
    import pandas as pd

    from cisgrammar.config.discover import Discover
    from cisgrammar.discover.attribution_files import read_attributions
    from cisgrammar.discover.find import as_rows, discover
    from cisgrammar.discover.pattern_files import write_patterns
    from cisgrammar.files.atomic import write_json
    from cisgrammar.tables.contracts.discover import SEQLETS

    out = snakemake.output
    settings = Discover.model_validate(snakemake.params.discover)
    windows = read_attributions(snakemake.input.shards, by_fold=True, spread=False)
    found, numbers = discover(windows, settings)
    SEQLETS.write(out.seqlets, pd.DataFrame(list(as_rows(found, windows)), columns=list(SEQLETS.names)))
    write_patterns(out.patterns, found, windows)
    write_json(out.numbers, numbers)


run(snakemake, main)
