"""Choose the best fit of a model, score it on held-out reads, and give every number its error."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.binding.evaluate import enrichment, gates, heldout
    from cisgrammar.binding.evaluate import parameter_tables as reported
    from cisgrammar.binding.evaluate.covariance_file import write_covariance
    from cisgrammar.binding.evaluate.spacing_errors import spacing_table
    from cisgrammar.binding.fit.agreement import share_in_register
    from cisgrammar.binding.fit.best_fit import best_fit
    from cisgrammar.binding.fit.fit_libraries import FitPlan, read_libraries
    from cisgrammar.binding.likelihood import standard_errors
    from cisgrammar.gates import write_gates
    from cisgrammar.tables.contracts import binding as contracts

    given, out, params = snakemake.input, snakemake.output, snakemake.params
    plan = FitPlan.from_config(params.binding, params.model, params.libraries, params.split_seed, params.seeds[0])
    libraries = read_libraries(plan, given.counts, given.stats)
    best = best_fit(plan, libraries, params.seeds, given.states)
    covariance = standard_errors.covariance(best.fitted)
    scored, enriched = heldout.heldout(best.fitted), enrichment.enrichment_table(best.fitted)
    tables = {
        "agreement": best.agreement,
        "history": best.history,
        "matrix": reported.matrix_table(best.fitted, covariance),
        "pairs": reported.pairs_table(best.fitted, covariance),
        "position_bias": reported.position_bias_table(best.fitted, covariance),
        "parameters": reported.parameters_table(best.fitted, covariance),
        "spacing": spacing_table(best.fitted, covariance),
        "heldout": scored.table,
        "enrichment": enriched,
    }
    for name, table in tables.items():
        contracts.BY_NAME[name].write(out[name], table)
    write_covariance(out.covariance, covariance, best.fitted)
    summary, gains = enrichment.enrichment_summary(enriched).to_dict("records"), scored.gains.to_dict("records")
    in_register = share_in_register(best.agreement) if len(params.seeds) > 1 else None
    judged = gates.binding_gates(snakemake.wildcards.model, gains, summary, in_register)
    for path in given.truth:
        from cisgrammar.simulate.selex_truth import compare_truth, read_truth
        from cisgrammar.simulate.truth_gates import binding_truth_gates

        parts = (tables[name] for name in ("matrix", "spacing", "position_bias", "parameters"))
        judged += binding_truth_gates(compare_truth(read_truth(path), *parts), snakemake.wildcards.model)
    write_gates(out.gates, judged)


run(snakemake, main)
