"""All motifs of a run, each with a name of its own."""

import json

import numpy as np
import pytest

from cisgrammar.ablation.sites.gather import gather_motifs
from cisgrammar.motifs.formats import write_meme
from cisgrammar.motifs.motif import from_shares


def test_motifs_come_from_all_sources_and_may_not_be_named_twice(tmp_path):
    meme, model = tmp_path / "m.meme", tmp_path / "model.json"
    write_meme(meme, {"one": from_shares("one", np.array([[0.7, 0.1, 0.1, 0.1]] * 6))})
    betas = [[1.0, 0, 0, -1.0]] * 5
    model.write_text(json.dumps({"format": "cisgrammar.binding", "factors": {"three": {"betas": betas}}}))
    found = gather_motifs({"two": "TTACCCGG"}, meme, [model])
    assert {name: motif.source for name, motif in found.items()} == {
        "two": "consensus",
        "one": "motifs",
        "three": "binding",
    }
    with pytest.raises(ValueError, match=r"motif one is given twice \(consensus, motifs\)"):
        gather_motifs({"one": "TTACCCGG"}, meme)
