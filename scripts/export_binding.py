"""Write the best fit of a model in the formats of motif databases, and its sites in the genome."""

from pathlib import Path

from cisgrammar.script import optional_path, run


def main(snakemake):
    from cisgrammar.binding.evaluate.patterns import fitted_pairs, motif_patterns, supported_patterns
    from cisgrammar.binding.export import describe, fitted_motifs
    from cisgrammar.binding.fit.best_fit import best_fit
    from cisgrammar.binding.fit.fit_libraries import FitPlan, read_libraries
    from cisgrammar.binding.model_file import write_binding
    from cisgrammar.files.atomic import write_json
    from cisgrammar.motifs.formats import write_jaspar, write_meme, write_pfm
    from cisgrammar.motifs.scan import write_hits
    from cisgrammar.signal.store import open_genome
    from cisgrammar.tables.contracts import binding

    given, out, params = snakemake.input, snakemake.output, snakemake.params
    plan = FitPlan.from_config(params.binding, params.model, params.libraries, params.split_seed, params.seeds[0])
    libraries = read_libraries(plan, given.counts, given.stats)
    best = best_fit(plan, libraries, params.seeds, given.states)
    fitted, factors = best.fitted, best.fitted.factors
    motifs = fitted_motifs(factors)
    extra = {
        "seed": best.seed,
        "data": libraries.digest,
        "flanks": best.flanks,
        "initial_library": {name: found.kind for name, found in fitted.compositions.items()},
        "config": params.model,
    }
    write_json(out.model, describe(fitted.experiments, factors, extra))
    flanks = {name: table.flanks for name, table in fitted.train.items()}
    write_binding(out.weights, fitted.experiments, factors, flanks, extra)
    write_meme(out.meme, motifs)
    write_jaspar(out.jaspar, motifs)
    for name, motif in motifs.items():
        write_pfm(Path(out.pfm, f"{name}.pfm"), motif)
    genome, hits = optional_path(given.genome), optional_path(out.hits)
    if genome and hits:
        spacings = binding.SPACING.read(given.spacing)
        patterns = motif_patterns(factors) | supported_patterns(fitted_pairs(fitted), spacings)
        write_hits(hits, open_genome(genome), patterns, plan.binding.hits_p_value)


run(snakemake, main)
