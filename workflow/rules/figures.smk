# INPUTS   which stages are in the config
# OUTPUTS  FIGURES: figure -> its stage, title and caption in the report, and the files that it is drawn from
#
# A figure is drawn by the module of its name in cisgrammar.figures.

FIGURES = {}

if CFG.bias:
    FIGURES["threshold_sweep"] = {
        "stage": "bias",
        "title": "Choice of the bias model",
        "caption": "One model for each threshold on the reads of a background window.",
        "tables": {"sweep": "<results>/bias/{sample}/{fold}/sweep.tsv"},
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
