"""Pack the code, the config, manifests, tables, figures and the report of a run into one file."""

from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.files.archive import write_archive
    from cisgrammar.manifest import read_manifest
    from cisgrammar.provenance.stage import check_stages

    given, params = snakemake.input, snakemake.params
    check_stages(given.stages, params.stages)
    checkout, results = Path(snakemake.scriptdir).parent, Path(given.manifest).parent
    manifest = read_manifest(given.manifest)
    write_archive(snakemake.output.archive, checkout, results, params.config, given.sheets, manifest)


run(snakemake, main)
