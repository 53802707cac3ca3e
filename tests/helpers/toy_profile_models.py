"""An untrained profile model of each kind, all with the same two heads."""

from cisgrammar.config.profile import Regression
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel
from toy_profile import network

HEADS = (Head("a", 2, True), Head("b", 1))
KINDS = ("solo", "transformation", "combined")


def models():
    """Kind -> a model of 20 bp of output."""
    solo = SoloModel(network(4, 1, 3, 3), 20, HEADS, seed=1)
    transformation = TransformationModel(solo, Regression(types=("linear", "sigmoid")), Regression(name="passthrough"))
    return {
        "solo": solo,
        "transformation": transformation,
        "combined": CombinedModel(SoloModel(network(5, 2, 3, 3), 20, HEADS, seed=2), transformation),
    }
