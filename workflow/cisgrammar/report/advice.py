"""What each gate means to a biologist, and what to do where it is missed."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from cisgrammar.report.direction import direction


class Advice(NamedTuple):
    """What a gate measures, and what to do where it is missed."""

    meaning: str
    remedy: str


ADVICE = {
    "bias.summit_gain": Advice(
        "How much more of its profile the bias model puts at the summits of peaks than position weights do.",
        "It has learned where peaks are, or had too little background: see bias/*/verdict.json and the sweep.",
    ),
    "bias.threshold": Advice(
        "The threshold of background windows that the bias model was trained on, chosen on held-out background.",
        "The best threshold is at an edge of the sweep: add smaller or larger ones to bias.thresholds (verdict.json).",
    ),
    "bias.background.median_jsd": Advice(
        "How far the bias model's profiles are from the reads in background windows.",
        "Train the bias model longer or on more background: raise bias.thresholds or bias.training.epochs.",
    ),
    "bias.background.nll_per_cut": Advice(
        "How surprised the bias model is by each read in background windows, in nats.",
        "Train the bias model longer or on more background: raise bias.thresholds or bias.training.epochs.",
    ),
    "combined.peaks.median_jsd": Advice(
        "How far the combined model's profiles are from the reads in held-out peaks.",
        "Train longer, raise combined.architecture.filters, or check the shift and the peaks' summits.",
    ),
    "combined.peaks.profile_pearson": Advice(
        "How well the combined model's profiles agree with the reads, position by position.",
        "Train longer, raise combined.architecture.filters, or check the shift and the peaks' summits.",
    ),
    "combined.peaks.nll_per_cut": Advice(
        "How surprised the combined model is by each read in held-out peaks, in nats.",
        "Train longer, or lower combined.training.learning_rate if the validation loss rises early.",
    ),
    "combined.peaks.log_counts_pearson": Advice(
        "How well the combined model orders held-out peaks by their number of reads.",
        "Raise combined.counts.bases or combined.counts.networks; if combined.counts is null, take that line out.",
    ),
    "combined.peaks.log_counts_mse": Advice(
        "Squared error of the combined model's ln N in held-out peaks; the bar is the best baseline's.",
        "Raise combined.counts.bases or combined.counts.networks; if combined.counts is null, take that line out.",
    ),
    "residual.footprint_max": Advice(
        "The footprint of the enzyme's own motif that is left after the bias is taken out of a residual that learned.",
        "The bias is not fully removed: give the bias model more background or more layers. If residual.peaks.nll_gain "
        "is not above 0 either, the residual has learned nothing: train it longer.",
    ),
    "residual.peaks.nll_gain": Advice(
        "What the residual adds to the transformed bias in held-out peaks, nats per read; lower end of 95 %.",
        "The residual has learned nothing beyond the bias: train longer, or raise combined.architecture.filters.",
    ),
    "binding.heldout_gain": Advice(
        "How many nats per held-out read the model is better than non-specific binding; the bar is two SE.",
        "No motif was learned: check the order of rounds, constant regions and barcode, or raise kmer_starts.",
    ),
    "binding.cooperativity_gain": Advice(
        "How many nats per held-out read the dimer adds to the single factors; the bar is two standard errors.",
        "The reads do not need the dimer: drop the pair, or allow more spacings.",
    ),
    "binding.enrichment_r2": Advice(
        "How much of the enrichment of held-out reads between first and last round the model explains, over bins.",
        "Widen the motif, add pair features or a second motif, or check for saturation (selection bound).",
    ),
    "binding.calibration": Advice(
        "How far the slope of observed on predicted enrichment is from 1.",
        "Predictions are too steep or too flat: check saturation (bound or bound_unsaturated), or the Hill exponent.",
    ),
    "binding.agreement": Advice(
        "Share of the fits from different seeds that found the same motifs in the same register.",
        "Raise seeds, kmer_starts or random_starts, or shift; see agreement.tsv.",
    ),
    "splice.held_out.nll_after_scaling": Advice(
        "How surprised the scaled model is by each base of held-out genes, in nats; the bar is that without scaling.",
        "Validation genes are unlike test genes: choose other chromosomes, or more genes, for validation.",
    ),
    **{
        f"splice.held_out.{site}.ece_candidates_after_scaling": Advice(
            f"Root mean square distance of {site} probabilities from frequencies in held-out genes; the bar is that "
            "without scaling.",
            "Scaling made it worse: choose other chromosomes, or more genes, for validation.",
        )
        for site in ("acceptor", "donor")
    },
    "splice.held_out": Advice(
        "How well splice sites of held-out genes are found; the bar is what position weights reach on the same genes.",
        "The network learned less than two motifs: give it more genes, more epochs, or a shorter context.",
    ),
    "splice.oracles": Advice(
        "How many frame checks find effects where there can be none, on models made to have none.",
        "These checks are at fault here: see frame_controls.tsv, do not read their results, and report it.",
    ),
    "splice.oracle.open_frames": Advice(
        "What a model that sees open reading frames, and nothing else, shows in a frame check.",
        "Too few exons to see an effect that is there: raise splice.checks.limit.",
    ),
    "ablation.truth.false_calls": Advice(
        "Share of the called sites that the simulation did not plant; the bar is the rate that q-values state.",
        "The model has learned effects of matches that have none in the simulation: see docs/stages/ablation.md.",
    ),
    "ablation.truth.": Advice(
        "Share of the factor's planted sites without which the model predicts other counts; missed sites count.",
        "The model has not learned this factor, or the search misses its sites: see ablation/*/*/truth.tsv.",
    ),
    **{
        f"{part}.truth.": Advice(
            f"How far the {part} model's footprints at planted sites are from the true depth, as a share of it.",
            "The profile at sites is not learned: train longer, or give combined.architecture more filters.",
        )
        for part in ("combined", "residual")
    },
    "binding.truth.betas.outside": Advice(
        "Share of betas further from the simulated ones than two standard errors; chance puts 5 % there.",
        "Errors are too small or estimates are off: see binding/*/truth.tsv.",
    ),
    "binding.truth.betas.r2": Advice(
        "How much of the variation of the simulated betas the estimates explain.",
        "The matrix is not the factor's: raise binding.seeds or kmer_starts.",
    ),
    "discover.patterns_in_shuffled": Advice(
        "Patterns that the finder gives in shuffled windows, which hold none.",
        "Its motifs are not to be trusted: raise discover.shuffles, lower discover.seqlet_fdr, look at patterns.json.",
    ),
    "discover.alike_in_halves": Advice(
        "A motif differs between halves of the windows, or only one half gives it.",
        "Do not trust its matrix: explain more windows (discover.most_windows, regions), or raise discover.references.",
    ),
    "discover.alike_in_folds": Advice(
        "The models of two folds use different sequences at the same seqlets.",
        "See `folds` in discover/*/motifs.tsv: train for longer, or with more peaks.",
    ),
    "discover.truth.*.r": Advice(
        "Correlation of the factor's planted matrix with the motif found for it, over its columns.",
        "The pattern lacks letters or holds others: see discover/*/truth.tsv; raise discover.references, or explain "
        "more windows.",
    ),
    "discover.truth.*.recall": Advice(
        "Share of the factor's intact planted sites in held-out windows that have a hit of its motif.",
        "The model does not use all sites, or hits are cut too high: train longer, or raise discover.hit_fdr.",
    ),
    "discover.truth.*.sign": Advice(
        "Whether the motif found for the factor contributes in the direction of its planted effect (1: yes).",
        "The model has learned the factor's effect the wrong way round: see discover/*/truth.tsv; train it for longer.",
    ),
    "discover.truth.not_planted": Advice(
        "Motifs that are like no planted factor, second ones of a factor, and those of factors without effect.",
        "See discover/*/truth.tsv: raise discover.references, or train the model for longer.",
    ),
    "discover.truth.false_hits": Advice(
        "Share of held-out hits without a planted site of their factor within 6 bp.",
        "Raise discover.references or discover.shuffles, or lower discover.hit_fdr.",
    ),
    "discover.truth.precision_above_scan": Advice(
        "Precision of held-out hits less that of a scan with the planted matrices that finds as many sites.",
        "The model calls sites where the matrix alone would not: see discover/*/truth.tsv.",
    ),
    "variants.truth.sign": Advice(
        "Share of the simulation's broken sites whose estimated change of counts has the true sign.",
        "The model has not learned these factors: see variants/*/truth.tsv; train it for longer.",
    ),
    "variants.truth.r": Advice(
        "Correlation of true and estimated change of ln counts, over simulated variants at sites.",
        "The model has not learned how strong these factors are: see variants/*/truth.tsv; train it for longer.",
    ),
    "variants.truth.null": Advice(
        "Share of simulated variants without an effect, outside of peaks, with p of 0.05 or less.",
        "The null of shuffled sequence is not like these places: raise variants.profile.shuffled, and report it.",
    ),
    "variants.truth.lost": Advice(
        "Share of the simulation's broken GT and AG whose site is called lost, by the calibrated threshold.",
        "The splice model does not call these sites with the reference allele: see splice/accuracy.tsv.",
    ),
    "ablation.decoys": Advice(
        "Share of decoys (the motifs' positions in another order) with p below the bar, which chance gives as often.",
        "Decoys are not like their controls: raise ablation.controls, or look for real motifs among the decoys.",
    ),
    "ablation.bias.sites": Advice(
        "Share of sites that change the bias model's profile with p below the bar, which chance gives as often.",
        "The bias model has learned motifs: lower bias.thresholds, and see the stage bias.",
    ),
    "truth.spacing.best": Advice(
        "Share of the planted distances among as many highest local maxima of the model's interaction.",
        "The model has not separated near distances: train it for longer, or simulate more pairs.",
    ),
    "truth.spacing.called": Advice(
        "Share of the planted distances that stand out from the pair's interaction at others, at the q of the config.",
        "The model's interaction varies too much between distances: train it for longer, or average folds.",
    ),
    "truth.spacing.unplanted": Advice(
        "Share of distances where nothing was planted, images of planted ones left out, with p below the bar, which "
        "chance gives as often.",
        "The model interacts where the simulation does not: see spacings.tsv; raise ablation.spacing_decoys.",
    ),
    "truth.spacing.images": Advice(
        "Number of placements that have letters in common with a planted one and interact the same way, by less.",
        "A model answers to half of a site too: column image_of of spacings.tsv.",
    ),
    "truth.pairs.far": Advice(
        "Share of pairs of sites more than 100 bp apart with p below the bar, which chance gives as often.",
        "The model interacts over distances that the simulation does not: see pair_effects.tsv.",
    ),
    "ablation.": Advice(
        "Share of the motif's sites without which the model predicts other counts, at the q-value of the config.",
        "The model does not use this motif in these peaks (a failure: nor on average, p_mean), or its sites are not "
        "the factor's: see table.html.",
    ),
}


def _belongs(name: str, key: str) -> bool:
    if "*" in key:
        return fnmatchcase(name, key)
    return name == key or name.startswith(key if key.endswith(".") else f"{key}.")


def advise(gate: dict[str, Any]) -> str:
    """Plain sentences about a gate: what it measures, which side is better and, unless it passed, what to do."""
    name = gate["name"]
    # With several heads, the gates of single heads end with the head's name.
    known = next((advice for key, advice in ADVICE.items() if _belongs(name, key)), None)
    meaning = known.meaning if known else f"Measured in stage {gate['stage']}, beside the bar for comparison."
    if gate["verdict"] in ("pass", "warn", "fail"):
        meaning = f"{meaning} {direction(name)}".strip()
    if gate["verdict"] not in ("warn", "fail"):
        return meaning
    return f"{meaning} {known.remedy if known else 'See the figures of this stage.'}"
