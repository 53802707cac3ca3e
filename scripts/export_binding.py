"""Write the best fit of a model in the formats of motif databases, and its sites in the genome."""

from pathlib import Path

from cisgrammar.script import optional_path, run, set_threads


def main(snakemake):
    set_threads(snakemake.threads)
    from cisgrammar.binding import export
    from cisgrammar.binding.evaluate.hits import motif_patterns, supported_patterns, write_hits
    from cisgrammar.binding.fit.best_fit import best_fit
    from cisgrammar.binding.fit.fit_libraries import read_plan
    from cisgrammar.signal.store import open_genome
    from cisgrammar.tables.io import read_table

    given, out, params = snakemake.input, snakemake.output, snakemake.params
    plan, libraries = read_plan(params, given.counts, given.stats, params.seeds[0])
    best = best_fit(plan, libraries, params.seeds, given.states)
    fitted, factors = best.fitted, best.fitted.factors
    motifs = {name: export.centred_betas(psam) for name, psam in factors.items()}
    extra = {
        "seed": best.seed,
        "data": libraries.digest,
        "flanks": best.flanks,
        "initial_library": {name: found.kind for name, found in fitted.compositions.items()},
        "config": params.model,
    }
    export.write_json(out.model, export.describe(fitted.experiments, factors, extra))
    export.write_meme(out.meme, motifs)
    export.write_jaspar(out.jaspar, motifs)
    for name, betas in motifs.items():
        export.write_pfm(Path(out.pfm, f"{name}.pfm"), betas)
    genome, hits = optional_path(given.genome), optional_path(out.hits)
    if genome and hits:
        patterns = motif_patterns(factors) | supported_patterns(fitted, read_table(given.spacing))
        write_hits(hits, open_genome(genome), patterns, plan.binding.hits_p_value)


run(snakemake, main)
