"""Settings of the ablation of toy sites, and a toy model as a part."""

from cisgrammar.ablation.effects.model_parts import Part
from cisgrammar.config.ablation import Ablation

SETTINGS = Ablation(consensus={"toy": "GATAC"}, controls=25, decoys=1, n=6, backgrounds=4, local=3)


def part_of(model, name="combined"):
    """The one part of a model that is not combined."""
    return Part(name, model, model.heads, model.input_length, model.output_length)
