"""Ablation: what a stretch of sequence is worth to a model, by shuffling it away, putting it in, and moving it.

The names below can be imported from here; each is loaded when it is first asked for. No module is called like a name
that it offers, because a loaded module would hide the name.
"""

from cisgrammar.lazy import loader

_HOME = {
    "IncrementalModel": "incremental",
    "PairResult": "interaction",
    "PerturbationAnnotationsResult": "results",
    "PerturbationResult": "results",
    "ShuffleReport": "results",
    "ablate": "ablate_region",
    "ablate_annotations": "annotations",
    "ablate_pairs": "interaction",
    "compatible_dinucleotide_shuffle": "compatible_shuffles",
    "compatible_shuffle": "compatible_shuffles",
    "dinucleotide_shuffle": "own_shuffles",
    "full_predict": "predictions",
    "marginalize": "marginal",
    "predict": "predictions",
    "shuffle": "own_shuffles",
    "space": "spacing",
    "spacing_scan": "spacing",
}

__getattr__ = loader(__name__, _HOME)
