"""Pack the code, the config, manifests, tables, figures and the report of a run into one file."""

from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.files.archive import write_archive

    given, params = snakemake.input, snakemake.params
    checkout, results = Path(snakemake.scriptdir).parent, Path(given.manifest).parent
    write_archive(snakemake.output.archive, checkout, results, params.config, given.sheets)


run(snakemake, main)
