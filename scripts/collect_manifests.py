"""Bring the manifests of all stages and the whole config into one file."""

from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.files.atomic import write_json
    from cisgrammar.manifest import (
        code_version,
        files_in,
        fingerprints,
        package_versions,
        stage_manifest,
    )
    from cisgrammar.provenance.stage import check_stages

    results = Path(snakemake.output.manifest).parent
    stages = check_stages(snakemake.input.stages, snakemake.params.stages)
    code = code_version(Path(snakemake.scriptdir).parent)
    made_by = {"code": code, "packages": package_versions(), "snakemake": snakemake.params.snakemake}
    shown = files_in([*snakemake.input.files, *snakemake.input.figures])
    files = {"files": fingerprints(shown, results), "stages": stages}
    write_json(snakemake.output.manifest, stage_manifest(snakemake.params.config, files, made_by))


run(snakemake, main)
