"""Tie all tracks of the run together: one IGV session, one UCSC track hub."""

from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.browser.tie import tie_tracks
    from cisgrammar.config.tracks.browser import Browser
    from cisgrammar.signal.store import open_genome

    given = [Path(path) for name in ("tracks", "predicted", "peaks") for path in snakemake.input.get(name)]
    settings = Browser.model_validate(snakemake.params.browser)
    session = Path(snakemake.output.session)
    # results/browser/igv_session.xml
    results = session.parent.parent
    tie_tracks(session, results, given, open_genome(snakemake.input.genome), settings, snakemake.params.fasta)


run(snakemake, main)
