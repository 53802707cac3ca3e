"""Count the 5' ends of a sample's control per base, as those of its signal are."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.prepare import Prepare
    from cisgrammar.config.samples import Track
    from cisgrammar.files.atomic import write_json
    from cisgrammar.signal.sample import count_sample
    from cisgrammar.signal.store import open_genome, write_signal

    genome = open_genome(snakemake.input.genome)
    tracks = [Track.model_validate(track) for track in snakemake.params.tracks]
    heads, report = count_sample(genome, tracks, Prepare.model_validate(snakemake.params.prepare))
    ends = {f"ends_{head}": counts["ends"] for head, counts in report.items()}
    write_signal(snakemake.output.signal, heads, {"genome_fingerprint": genome.fingerprint, **ends})
    write_json(snakemake.output.shift, {"sample": tracks[0].sample, "heads": report})


run(snakemake, main)
