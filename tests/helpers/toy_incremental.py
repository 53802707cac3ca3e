"""Profile models that the incremental engine recomputes in windows."""

from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel, regression_of
from toy_profile import network

TWO_HEADS = (Head("a", 2, use_bias_counts=True), Head("b", 1))


def solo(layers=4, filters=16, length=70, heads=TWO_HEADS):
    """A model of one network, in eval mode."""
    return SoloModel(network(filters, layers, 9, 25), length, heads, 0).eval()


def combined():
    """A bias model, transformed, and a residual one."""
    bias = solo(1, 8)
    transformed = TransformationModel(bias, regression_of(["linear", "sigmoid", "relu"]), regression_of(["linear"]))
    return CombinedModel(solo(), transformed).eval()
