"""The figures that there are, in the order of the report. A new figure is a module of this package and an entry here.

Rules read it, so it imports neither torch nor pandas nor matplotlib.
"""

from __future__ import annotations

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.schema import Config
from cisgrammar.figures.entry import Figure, own_figure

CATALOGUE: tuple[Figure, ...] = (
    Figure(
        "threshold_sweep",
        module="profile.threshold_sweep",
        stage="bias",
        title="Choice of the bias model",
        caption="One model for each threshold on the reads of a background window; 95 % intervals over windows of the "
        "difference from position weights.",
        tables={"sweep": "bias/{bias}/{fold}/sweep.tsv"},
        needs=("bias.trained",),
    ),
    Figure(
        "transformation_fit",
        module="profile.transformation_fit",
        stage="transformation",
        title="The transformation",
        caption="Held-out peaks in bins of what the bias model predicts, before and after; on the line it is right. "
        "Counts that hardly differ between bins are shown as their mean and range.",
        tables={"bins": "transformation/{sample}/{fold}/bins.tsv"},
        needs=("transformation",),
    ),
    Figure(
        "training_curves",
        module="profile.training_curves",
        stage="combined",
        title="Training of the combined model",
        caption="Loss of training and validation windows by epoch; the epoch that was kept is dotted.",
        tables={"history": "combined/{sample}/{fold}/history.tsv"},
        needs=("combined",),
    ),
    Figure(
        "metric_distributions",
        module="profile.metric_distributions",
        stage="evaluate",
        title="Profiles beside the baselines",
        caption="Windows of the test chromosomes. Two references: half of the reads predicted from the other half (at "
        "half the depth), and the combined model on reads that are drawn from its own prediction.",
        tables={"per_region": "evaluate/{sample}/{fold}/per_region.tsv"},
        needs=("combined",),
    ),
    Figure(
        "counts_scatter",
        module="profile.counts_scatter",
        stage="evaluate",
        title="Predicted and observed counts",
        caption="Peaks of the test chromosomes; r with its 95 % interval over peaks.",
        tables={"per_region": "evaluate/{sample}/{fold}/per_region.tsv"},
        needs=("combined",),
    ),
    Figure(
        "footprints",
        module="profile.footprints",
        stage="evaluate",
        title="Marginal footprints",
        caption="The mean predicted profile around a motif put into background; bands: 95 % over sequences.",
        tables={"footprints": "evaluate/{sample}/{fold}/footprints.tsv"},
        needs=("combined",),
    ),
    Figure(
        "loci",
        module="profile.loci",
        stage="evaluate",
        title="Single windows",
        caption="Test peaks that the combined model fits well, as most, and badly; bias and residual have own axes. "
        "Where contributions are made, ablated sites are grey; bold: q below 0.05 against controls.",
        tables={
            "per_region": "evaluate/{sample}/{fold}/per_region.tsv",
            "predictions": "predict/{sample}/{fold}/predictions.h5",
            "genome": "prepare/genome.h5",
            "signal": "prepare/{sample}/signal.h5",
        },
        needs=("combined",),
        explained={
            "contributions": "ablation/{sample}/{fold}/contributions.h5",
            "regions": "prepare/{sample}/{fold}/regions.tsv",
            "ablated": "ablation/{sample}/{fold}/site_effects.tsv",
        },
    ),
    Figure(
        "bias_preference",
        module="profile.bias_preference",
        stage="bias",
        title="The enzyme's preference",
        caption="Log-odds of bases around all cuts of training background, and what the bias model learned of them. "
        "Standard errors are over windows, and over background sequences.",
        tables={"preference": "evaluate/{sample}/{fold}/preference.tsv"},
        needs=("bias", "combined"),
    ),
    Figure(
        "recovery",
        module="simulate.recovery",
        stage="simulate",
        title="Recovery of the known truth",
        caption="Learned against true: preference, profiles without bias, counts, footprints at planted sites and, as "
        "their null, 65 bp away from them. Boxes: 25 to 75 %; whiskers: 5 to 95 %.",
        tables={
            "truth": "simulate/truth.json",
            "rates": "simulate/truth_rates.h5",
            "sites": "simulate/truth_sites.tsv",
            "preference": "evaluate/{sample}/{fold}/preference.tsv",
            "per_region": "evaluate/{sample}/{fold}/per_region.tsv",
            "predictions": "predict/{sample}/{fold}/predictions.h5",
            "genome": "prepare/genome.h5",
            "signal": "prepare/{sample}/signal.h5",
        },
        needs=("bias", "combined", "simulate"),
    ),
    Figure(
        "binding_logo",
        module="binding.logo",
        stage="binding",
        title="Motifs",
        caption="Letters are -ddG/RT, the mean of each position taken off; errors are from the Hessian.",
        tables={"matrix": "binding/{model}/matrix.tsv", "heldout": "binding/{model}/heldout.tsv"},
        needs=("binding",),
        each="model",
    ),
    Figure(
        "binding_position_bias",
        module="binding.position_bias",
        stage="binding",
        title="Position bias",
        caption="How much likelier a site is to be bound where it is in the read; 95 % intervals.",
        tables={"position_bias": "binding/{model}/position_bias.tsv", "heldout": "binding/{model}/heldout.tsv"},
        needs=("binding",),
        each="model",
    ),
    Figure(
        "binding_spacing",
        module="binding.spacing",
        stage="binding",
        title="Cooperativity",
        caption="Preference of a pair for its offset and strands; 95 % profile-likelihood intervals.",
        tables={"spacing": "binding/{model}/spacing.tsv", "heldout": "binding/{model}/heldout.tsv"},
        needs=("binding",),
        each="pair",
    ),
    Figure(
        "binding_enrichment",
        module="binding.enrichment",
        stage="binding",
        title="Enrichment of held-out reads",
        caption="Predicted against observed, for bins of the prediction and for k-mers.",
        tables={"enrichment": "binding/{model}/enrichment.tsv"},
        needs=("binding",),
        each="model",
    ),
    Figure(
        "binding_history",
        module="binding.history",
        stage="binding",
        title="The fits",
        caption="Loss after each step for every seed, and the likelihood of held-out reads beside simpler models.",
        tables={
            "history": "binding/{model}/history.tsv",
            "agreement": "binding/{model}/agreement.tsv",
            "heldout": "binding/{model}/heldout.tsv",
        },
        needs=("binding",),
        each="model",
    ),
    Figure(
        "binding_recovery",
        module="binding.recovery",
        stage="binding",
        title="Recovery of the known truth",
        caption="Estimates with 95 % intervals against what the reads were drawn from.",
        tables={"truth": "binding/{model}/truth.tsv"},
        needs=("binding",),
        each="simulated model",
    ),
    Figure(
        "splice_pr_curves",
        module="splice.pr_curves",
        stage="splice",
        title="Precision and recall",
        caption="Acceptors and donors of the test genes, the model beside position weights.",
        tables={"pr": "splice/pr.tsv", "accuracy": "splice/accuracy.tsv"},
        needs=("splice",),
        each="gene set",
    ),
    Figure(
        "splice_thresholds",
        module="splice.thresholds",
        stage="splice",
        title="Thresholds and accuracy",
        caption="Thresholds are of validation genes, accuracy is of test genes; intervals are over genes.",
        tables={"thresholds": "splice/thresholds.tsv", "accuracy": "splice/accuracy.tsv"},
        needs=("splice",),
        each="gene set",
    ),
    Figure(
        "splice_reliability",
        module="splice.reliability",
        stage="splice",
        title="Reliability",
        caption="How often a site is there, by the probability that is predicted, before and after scaling; 95 % "
        "intervals over genes.",
        tables={"reliability": "splice/reliability.tsv", "accuracy": "splice/accuracy.tsv"},
        needs=("splice",),
        each="gene set",
    ),
    Figure(
        "splice_codons",
        module="splice.codons",
        stage="splice",
        title="Codon replacement",
        caption="How a codon inside of an exon changes its splice sites, by the phase that it is put in. On top the "
        "answer: stops in frame minus stops out of frame, beside oracles that do and do not depend on frames.",
        tables={
            "codons": "splice/frames/codons.tsv",
            "summary": "splice/frames/frame_summary.tsv",
            "controls": "splice/frames/frame_controls.tsv",
        },
        needs=("splice",),
        each="gene set",
        check="codon_replacement",
    ),
    Figure(
        "splice_deletions",
        module="splice.deletions",
        stage="splice",
        title="Deletions",
        caption="How a deletion inside of an exon changes its splice sites, by its length. The heading: those that "
        "shift the frame minus those that do not.",
        tables={
            "deletions": "splice/frames/deletions.tsv",
            "summary": "splice/frames/frame_summary.tsv",
            "controls": "splice/frames/frame_controls.tsv",
        },
        needs=("splice",),
        each="gene set",
        check="deletion",
    ),
    Figure(
        "splice_recovery",
        module="splice.recovery",
        stage="splice",
        title="Recovery of the known truth",
        caption="The model's log-odds against the strength that sites and decoys of test genes were made with.",
        tables={"truth": "splice/truth.tsv"},
        needs=("splice", "simulate_genes"),
        each="gene set",
    ),
    Figure(
        "discover_motifs",
        module="discover.motifs",
        stage="discover",
        title="Motifs found",
        caption="Mean contributions of the bases of the seqlets of each motif, the 12 of most hits. Seqlets and hits "
        "have a q against shuffled windows.",
        tables={"motifs": "discover/{sample}/motifs.tsv", "logos": "discover/{sample}/logos.tsv"},
        needs=("discover",),
        each="sample",
    ),
    Figure(
        "ablation_recovery",
        module="ablation.recovery",
        stage="ablation",
        title="Recovery of the known truth",
        caption="Planted sites that are necessary, sites missed included, beside decoys; distances of the planted "
        "pair, on 95 % of their null in the model and with 95 % intervals in vitro.",
        tables={
            "sites": "ablation/{sample}/{fold}/truth.tsv",
            "spacings": "ablation/{sample}/{fold}/truth_spacings.tsv",
        },
        needs=("ablation", "simulate"),
    ),
    Figure(
        "ablation_effects",
        module="ablation.effects",
        stage="ablation",
        title="Effects of sites",
        caption="Change of ln counts when a site is shuffled, beside decoys and control windows.",
        tables={"sites": "ablation/{sample}/{fold}/site_effects.tsv"},
        needs=("ablation",),
    ),
    Figure(
        "ablation_necessity_sufficiency",
        module="ablation.necessity_sufficiency",
        stage="ablation",
        title="Necessity and sufficiency",
        caption="The effect of a motif's sites in peaks, and of the motif put into background.",
        tables={"motifs": "ablation/{sample}/{fold}/motif_table.tsv"},
        needs=("ablation",),
    ),
    Figure(
        "ablation_interactions",
        module="ablation.interactions",
        stage="ablation",
        title="Pairs of sites",
        caption="Two sites together minus the sum of both alone (above 0: more than additive), beside null pairs.",
        tables={"pairs": "ablation/{sample}/{fold}/pair_effects.tsv"},
        needs=("ablation",),
    ),
    Figure(
        "ablation_spacing",
        module="ablation.spacing",
        stage="ablation",
        title="Spacing in the model and in vitro",
        caption="Two motifs put into background at each distance, beside their null; cooperativity from SELEX with its "
        "95 % intervals. Filled: stands out from the null and from its neighbours; crossed: shares letters with a "
        "placement that interacts more.",
        tables={"spacings": "ablation/{sample}/{fold}/spacings.tsv"},
        needs=("ablation",),
    ),
    Figure(
        "variants_volcano",
        module="variants.volcano",
        stage="variants",
        title="Effects of variants",
        caption="Change of predicted counts, and its p-value beside two nulls: random substitutions in the same peak, "
        "and variants in shuffled sequence.",
        tables={"scores": "variants/{variants}/scores.tsv"},
        needs=("variants.profile",),
        each="variants",
    ),
    Figure(
        "variants_affinity",
        module="variants.affinity",
        stage="variants",
        title="Affinity in vitro and accessibility",
        caption="Variants that touch a site: change of ln affinity (with the standard error of the fit) beside the "
        "change of predicted counts.",
        tables={"scores": "variants/{variants}/scores.tsv"},
        needs=("variants.profile", "variants.binding"),
        each="variants",
    ),
    Figure(
        "variants_signs",
        module="variants.signs",
        stage="variants",
        title="Signs of affinity and accessibility by motif",
        caption="Share of the variants at a motif's sites that change both in one direction (95 % interval), beside "
        "the share by chance.",
        tables={"signs": "variants/{variants}/signs.tsv"},
        needs=("variants.profile", "variants.binding"),
        each="variants",
    ),
    Figure(
        "variants_null_quantiles",
        module="variants.null_quantiles",
        stage="variants",
        title="p-values of variants",
        caption="On the line: as often as under the null; grey: 95 % of independent uniform p-values of each rank.",
        tables={"qq": "variants/{variants}/qq.tsv"},
        needs=("variants.profile",),
        each="variants",
    ),
    Figure(
        "variants_recovery",
        module="variants.recovery",
        stage="variants",
        title="Recovery of the known truth",
        caption="Simulated variants: true and estimated change of counts, beside variants without effect; what becomes "
        "of splice sites.",
        tables={"truth": "variants/{variants}/truth.tsv"},
        needs=("variants.truth",),
        each="variants",
    ),
)


def module_of(figure: str) -> str:
    """The full name of the module that draws a figure of the catalogue; KeyError for another name."""
    modules = {entry.name: entry.module for entry in CATALOGUE}
    return f"{__package__}.{modules[figure]}"


def figures_of(config: Config) -> dict[str, Figure]:
    """Name -> each figure that a run draws, its own after those of the catalogue.

    Raises
    ------
    ConfigError
        If a figure of the lab's has the name of another, or `figures.select` names one that the run does not have.
    """
    figures = {figure.name: figure for figure in CATALOGUE if figure.is_drawn(config)}
    for name, own in config.figures.own.items():
        if name in figures:
            raise ConfigError(f"figures.own: {name} is the name of a figure of cisgrammar's; take another")
        figures[name] = own_figure(name, own)
    selected = set(config.figures.select)
    unknown = sorted(selected - set(figures))
    if unknown:
        raise ConfigError(
            f"figures.select: no figure {', '.join(unknown)} in this run; there are {', '.join(sorted(figures))}"
        )
    return {name: figure for name, figure in figures.items() if not selected or name in selected}
