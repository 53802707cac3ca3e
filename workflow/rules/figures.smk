# INPUTS   which stages are in the config
# OUTPUTS  FIGURES: figure -> its stage, title and caption in the report, and the files that it is drawn from
#          PLACES: what a figure is drawn for -> folder under figures/ -> the names that its files have in their paths
#
# A figure is drawn by the module of its name in cisgrammar.figures, for each fold unless `each` says otherwise.

PLACES = {
    "fold": {f"{sample}/{fold}": {"sample": sample, "fold": fold} for sample in SAMPLES for fold in FOLDS},
    "model": {f"binding/{model}": {"model": model} for model in LIBRARIES},
    "pair": {
        f"binding/{model}": {"model": model} for model in LIBRARIES if model_settings(model).cooperativity
    },
    "gene set": {"splice/genes": {}} if CFG.splice else {},
    "simulated model": {f"binding/{model}": {"model": model} for model in simulated_models()},
}
FIGURES = {}


def explained_peaks():
    """What the figure of single windows needs to show contributions, if the run has them."""
    if not (CFG.ablation and CFG.ablation.contributions):
        return {}
    return {
        "contributions": "<results>/ablation/{sample}/{fold}/contributions.h5",
        "regions": "<results>/prepare/{sample}/{fold}/regions.tsv",
    }


if CFG.bias:
    FIGURES["threshold_sweep"] = {
        "stage": "bias",
        "title": "Choice of the bias model",
        "caption": "One model for each threshold on the reads of a background window.",
        "tables": {"sweep": "<results>/bias/{sample}/{fold}/sweep.tsv"},
    }

if CFG.transformation:
    FIGURES["transformation_fit"] = {
        "stage": "transformation",
        "title": "The transformation",
        "caption": "Held-out peaks in bins of what the bias model predicts, before and after; on the line it is right.",
        "tables": {"bins": "<results>/transformation/{sample}/{fold}/bins.tsv"},
    }

if CFG.combined:
    FIGURES["training_curves"] = {
        "stage": "combined",
        "title": "Training of the combined model",
        "caption": "Loss of training and validation windows by epoch; the epoch that was kept is dotted.",
        "tables": {"history": "<results>/combined/{sample}/{fold}/history.tsv"},
    }
    FIGURES["metric_distributions"] = {
        "stage": "evaluate",
        "title": "Profiles beside the baselines",
        "caption": "Windows of the test chromosomes; half of the reads predicted from the other is the bound.",
        "tables": {"per_region": "<results>/evaluate/{sample}/{fold}/per_region.tsv"},
    }
    FIGURES["counts_scatter"] = {
        "stage": "evaluate",
        "title": "Predicted and observed counts",
        "caption": "Peaks of the test chromosomes.",
        "tables": {"per_region": "<results>/evaluate/{sample}/{fold}/per_region.tsv"},
    }
    FIGURES["footprints"] = {
        "stage": "evaluate",
        "title": "Marginal footprints",
        "caption": "The mean predicted profile around a motif put into background sequences.",
        "tables": {"footprints": "<results>/evaluate/{sample}/{fold}/footprints.tsv"},
    }
    FIGURES["loci"] = {
        "stage": "evaluate",
        "title": "Single windows",
        "caption": "Test peaks that the combined model fits well, as most, and badly.",
        "tables": {
            "per_region": "<results>/evaluate/{sample}/{fold}/per_region.tsv",
            "predictions": "<results>/predict/{sample}/{fold}/predictions.h5",
            "genome": "<results>/prepare/genome.h5",
            "signal": "<results>/prepare/{sample}/signal.h5",
            **explained_peaks(),
        },
    }
    FIGURES["bias_preference"] = {
        "stage": "bias",
        "title": "The enzyme's preference",
        "caption": "Log-odds of bases around cuts in background, and what the bias model learned of them.",
        "tables": {"preference": "<results>/evaluate/{sample}/{fold}/preference.tsv"},
    }

if CFG.combined and CFG.simulate:
    FIGURES["recovery"] = {
        "stage": "simulate",
        "title": "Recovery of the known truth",
        "caption": "Learned against true: preference, profiles without bias, counts, footprints at planted sites.",
        "tables": {
            "truth": "<results>/simulate/truth.json",
            "rates": "<results>/simulate/truth_rates.h5",
            "sites": "<results>/simulate/truth_sites.tsv",
            "preference": "<results>/evaluate/{sample}/{fold}/preference.tsv",
            "per_region": "<results>/evaluate/{sample}/{fold}/per_region.tsv",
            "predictions": "<results>/predict/{sample}/{fold}/predictions.h5",
            "genome": "<results>/prepare/genome.h5",
            "signal": "<results>/prepare/{sample}/signal.h5",
        },
    }

if CFG.binding:
    FIGURES["binding_logo"] = {
        "each": "model",
        "stage": "binding",
        "title": "Motifs",
        "caption": "Letters are -ddG/RT, the mean of each position taken off; errors are from the Hessian.",
        "tables": {
            "matrix": "<results>/binding/{model}/matrix.tsv",
            "heldout": "<results>/binding/{model}/heldout.tsv",
        },
    }
    FIGURES["binding_position_bias"] = {
        "each": "model",
        "stage": "binding",
        "title": "Position bias",
        "caption": "How much likelier a site is to be bound where it is in the read; 95 % intervals.",
        "tables": {
            "position_bias": "<results>/binding/{model}/position_bias.tsv",
            "heldout": "<results>/binding/{model}/heldout.tsv",
        },
    }
    FIGURES["binding_spacing"] = {
        "each": "pair",
        "stage": "binding",
        "title": "Cooperativity",
        "caption": "Preference of a pair for its offset and strands; 95 % profile-likelihood intervals.",
        "tables": {
            "spacing": "<results>/binding/{model}/spacing.tsv",
            "heldout": "<results>/binding/{model}/heldout.tsv",
        },
    }
    FIGURES["binding_enrichment"] = {
        "each": "model",
        "stage": "binding",
        "title": "Enrichment of held-out reads",
        "caption": "Predicted against observed, for bins of the prediction and for k-mers.",
        "tables": {"enrichment": "<results>/binding/{model}/enrichment.tsv"},
    }
    FIGURES["binding_history"] = {
        "each": "model",
        "stage": "binding",
        "title": "The fits",
        "caption": "Loss after each step for every seed, and the likelihood of held-out reads beside simpler models.",
        "tables": {
            "history": "<results>/binding/{model}/history.tsv",
            "agreement": "<results>/binding/{model}/agreement.tsv",
            "heldout": "<results>/binding/{model}/heldout.tsv",
        },
    }
    FIGURES["binding_recovery"] = {
        "each": "simulated model",
        "stage": "binding",
        "title": "Recovery of the known truth",
        "caption": "Estimates with 95 % intervals against what the reads were drawn from.",
        "tables": {"truth": "<results>/binding/{model}/truth.tsv"},
    }

if CFG.splice:
    FIGURES["splice_pr_curves"] = {
        "each": "gene set",
        "stage": "splice",
        "title": "Precision and recall",
        "caption": "Acceptors and donors of the test genes, the model beside position weights.",
        "tables": {"pr": "<results>/splice/pr.tsv", "accuracy": "<results>/splice/accuracy.tsv"},
    }
    FIGURES["splice_thresholds"] = {
        "each": "gene set",
        "stage": "splice",
        "title": "Thresholds and accuracy",
        "caption": "Thresholds are of validation genes, accuracy is of test genes; intervals are over genes.",
        "tables": {
            "thresholds": "<results>/splice/thresholds.tsv",
            "accuracy": "<results>/splice/accuracy.tsv",
        },
    }
    FIGURES["splice_reliability"] = {
        "each": "gene set",
        "stage": "splice",
        "title": "Reliability",
        "caption": "How often a site is there, by the probability that is predicted, before and after scaling.",
        "tables": {
            "reliability": "<results>/splice/reliability.tsv",
            "accuracy": "<results>/splice/accuracy.tsv",
        },
    }
    if "codons" in frame_tables():
        FIGURES["splice_codons"] = {
            "each": "gene set",
            "stage": "splice",
            "title": "Codon replacement",
            "caption": "How a codon inside of an exon changes its splice sites, by the phase that it is put in.",
            "tables": {"codons": "<results>/splice/frames/codons.tsv"},
        }
    if "deletions" in frame_tables():
        FIGURES["splice_deletions"] = {
            "each": "gene set",
            "stage": "splice",
            "title": "Deletions",
            "caption": "How a deletion inside of an exon changes its splice sites, by its length.",
            "tables": {"deletions": "<results>/splice/frames/deletions.tsv"},
        }

if CFG.splice and CFG.simulate_genes:
    FIGURES["splice_recovery"] = {
        "each": "gene set",
        "stage": "splice",
        "title": "Recovery of the known truth",
        "caption": "The model's log-odds against the strength that sites and decoys of test genes were made with.",
        "tables": {"truth": "<results>/splice/truth.tsv"},
    }

if CFG.ablation and CFG.simulate:
    FIGURES["ablation_recovery"] = {
        "stage": "ablation",
        "title": "Recovery of the known truth",
        "caption": "Planted sites that are necessary, sites missed included; distances of the planted pair.",
        "tables": {
            "sites": "<results>/ablation/{sample}/{fold}/truth.tsv",
            "spacings": "<results>/ablation/{sample}/{fold}/truth_spacings.tsv",
        },
    }

if CFG.ablation:
    FIGURES["ablation_effects"] = {
        "stage": "ablation",
        "title": "What sites are worth",
        "caption": "Change of ln counts when a site is shuffled, beside decoys and control windows.",
        "tables": {"sites": "<results>/ablation/{sample}/{fold}/site_effects.tsv"},
    }
    FIGURES["ablation_necessity_sufficiency"] = {
        "stage": "ablation",
        "title": "Necessity and sufficiency",
        "caption": "What a motif's sites are worth in peaks, and what the motif adds to background.",
        "tables": {"motifs": "<results>/ablation/{sample}/{fold}/motif_table.tsv"},
    }
    FIGURES["ablation_interactions"] = {
        "stage": "ablation",
        "title": "Pairs of sites",
        "caption": "Neighbouring sites shuffled together against the sum of both alone.",
        "tables": {"pairs": "<results>/ablation/{sample}/{fold}/pair_effects.tsv"},
    }
    FIGURES["ablation_spacing"] = {
        "stage": "ablation",
        "title": "Spacing in the model and in vitro",
        "caption": "Two motifs put into background at one distance after another, beside the cooperativity from SELEX.",
        "tables": {"spacings": "<results>/ablation/{sample}/{fold}/spacings.tsv"},
    }


for name, own in CFG.figures.own.items():
    if name in FIGURES:
        raise WorkflowError(f"figures.own: {name} is the name of a figure of cisgrammar's; take another")
    FIGURES[name] = {
        **own.model_dump(include={"each", "stage", "title", "caption"}),
        "tables": {**{key: f"<results>/{path}" for key, path in own.tables.items()}, "script": own.script},
    }

unknown = sorted(set(CFG.figures.select) - set(FIGURES))
if unknown:
    raise WorkflowError(
        f"figures.select: no figure {', '.join(unknown)} in this run; there are {', '.join(sorted(FIGURES))}"
    )
if CFG.figures.select:
    FIGURES = {name: figure for name, figure in FIGURES.items() if name in CFG.figures.select}


def places(figure):
    """The folders that a figure is drawn into, each with the names in its files' paths."""
    return PLACES[FIGURES[figure].get("each", "fold")]


def drawn():
    """Every figure of the run: (figure, folder)."""
    return [(figure, place) for figure in FIGURES for place in places(figure)]


def place_tables(wildcards):
    """The files that the figures of a place are drawn from, by <figure>__<name>."""
    tables = {}
    for figure in FIGURES:
        names = places(figure).get(wildcards.place)
        if names is not None:
            for key, path in FIGURES[figure]["tables"].items():
                for name, value in names.items():
                    path = path.replace("{%s}" % name, value)
                tables[f"{figure}__{key}"] = path
    return tables


def report_category(wildcards):
    """Under which heading of Snakemake's report a figure stands."""
    return category_of(FIGURES[wildcards.figure]["stage"])


def report_labels(wildcards):
    """What a figure is called in Snakemake's report, and what it is of."""
    return {"figure": FIGURES[wildcards.figure]["title"], "of": wildcards.place}


def pictures():
    """The figures as the report shows them, in its order."""
    shown = ("stage", "title", "caption")
    return [
        {
            **{key: FIGURES[figure][key] for key in shown},
            "place": " ".join(places(figure)[place].values()),
            "file": str(Path(CFG.results, "figures", place, f"{figure}.png")),
        }
        for figure, place in drawn()
    ]
