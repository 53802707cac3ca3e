"""Write what the files of one stage came from."""

from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.files.atomic import write_json
    from cisgrammar.files.progress import Progress
    from cisgrammar.manifest import (
        code_version,
        files_in,
        fingerprints,
        package_versions,
        read_manifest,
        stage_manifest,
    )
    from cisgrammar.provenance.record import records_of
    from cisgrammar.provenance.stage import check_inputs, jobs_of

    given, params = snakemake.input, snakemake.params
    results = Path(snakemake.output.manifest).parent.parent
    for path in given.upstream:
        read_manifest(path)
    files = {name: fingerprints(files_in(given[name]), results, snakemake.threads) for name in ("upstream", "files")}
    progress = Progress("SHA-256 of inputs on cpu", len(given.inputs), "files")
    inputs = {"inputs": fingerprints(given.inputs, threads=snakemake.threads, told=progress.add)}
    records = records_of(given.files, results)
    check_inputs(records, inputs["inputs"])
    code = code_version(Path(snakemake.scriptdir).parent)
    made_by = {"code": code, "jobs": jobs_of(records), "packages": package_versions(), "snakemake": params.snakemake}
    write_json(snakemake.output.manifest, stage_manifest(params.settings, inputs | files, made_by))


run(snakemake, main)
