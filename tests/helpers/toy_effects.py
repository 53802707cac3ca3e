"""Settings of the ablation of toy sites, a toy model as a part, and what a shard gives, all of it in memory."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from cisgrammar.ablation.effects.model_parts import Part, PartGroup
from cisgrammar.ablation.effects.shard import AblatedShard
from cisgrammar.config.ablation import Ablation

SETTINGS = Ablation(consensus={"toy": "GATAC"}, controls=25, decoys=1, n=6, backgrounds=4, local=3)


def part_of(model, name="combined"):
    """The one part of a model that is not combined."""
    return Part(name, model, model.heads, model.input_length, model.output_length)


def group_of(part):
    """A part by itself, as what is run together."""
    return PartGroup(part.model, (part,))


def ablate_shard(parts, *args):
    """Tables of effects and pairs of an `AblatedShard` of these arguments, and the first part's profiles."""
    shard = AblatedShard(parts, *args)
    blocks = list(shard.blocks())
    first = [block for part, block in blocks if part is shard.parts[0]]
    profiles = {name: np.concatenate([getattr(b, name) for b in first]) for name in ("site", "before", "after")}
    assert len(profiles["site"]) == shard.profiles
    effects = pd.concat([block.effects for _, block in blocks], ignore_index=True)
    return SimpleNamespace(effects=effects, pairs=shard.pair_effects(), **profiles)
