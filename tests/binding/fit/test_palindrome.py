"""A palindrome through a whole fit with the default search of registers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cisgrammar.binding.export import centred_betas
from cisgrammar.binding.fit.fit import Fit
from cisgrammar.binding.fit.registers import move_pair
from cisgrammar.binding.fit.settings import FitSettings, Search
from cisgrammar.binding.layers.build import build
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.binding.likelihood.standard_errors import covariance
from cisgrammar.binding.reads.count_table import CountTable
from cisgrammar.config.binding import BindingModel
from cisgrammar.config.selex_sheet import SelexLibrary
from cisgrammar.simulate.selected_reads import Setting, draw_reads

# Wide enough that no other palindrome holds most of a site off its middle.
SETTING = Setting("TCACGTGA", (5000, 5000), 14, low=1.0, high=3.0, log_nonspecific=-7.0)
ROW = SelexLibrary(model="m", counts="c.tsv", selection="bound_unsaturated")
SETTINGS = FitSettings(subset=3000, search=Search(kmer=8, kmer_starts=2, random_starts=1))


class Palindrome(Setting):
    """The same on both strands."""

    def betas(self) -> np.ndarray:
        values = super().betas()
        return (values + values[::-1, ::-1]) / 2


def table(seed: int) -> CountTable:
    rounds = draw_reads(Palindrome(**vars(SETTING)), seed)
    counts = np.repeat(np.eye(2), [len(one) for one in rounds], axis=0)
    return CountTable(np.concatenate(rounds), counts)


@pytest.mark.parametrize(("width", "seed"), [(8, 1), (10, 2)])
def test_a_palindrome_is_found_in_its_middle(width: int, seed: int) -> None:
    assert SETTINGS.search.shift == Search().shift > 0
    reads = table(seed)
    built = build(
        BindingModel.model_validate({"motifs": {"m": {"width": width, "palindrome": True}}}), [ROW], [reads], 1
    )
    fit = Fit(list(built.experiments.values()), [reads], replace(SETTINGS, seed=seed))
    fit.run()
    found = centred_betas(built.motifs["m"])
    np.testing.assert_allclose(found, found[::-1, ::-1], atol=1e-12)
    middle = found[(width - 8) // 2 : (width + 8) // 2]
    assert "".join("ACGT"[i] for i in middle.argmax(1)) == "TCACGTGA"
    truth = Palindrome(**vars(SETTING)).betas()
    assert np.corrcoef(middle.ravel(), (truth - truth.mean(1, keepdims=True)).ravel())[0, 1] > 0.95
    for experiment in built.experiments.values():
        experiment.set_compute_dtype(None)
    fitted = Fitted(built.experiments, built.motifs, {ROW.library: reads})
    errors = covariance(fitted, 2000).errors(lambda: centred_betas(built.motifs["m"]))
    assert np.isfinite(errors).all()
    np.testing.assert_allclose(errors, errors[::-1, ::-1], rtol=1e-6)


def test_a_palindrome_in_a_pair_stays_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from cisgrammar.binding.fit import registers
    from cisgrammar.binding.fit.fit_state import FitState
    from cisgrammar.binding.fit.procedure import Stage

    reads = table(1)
    model = BindingModel.model_validate(
        {"motifs": {"a": {"width": 6, "palindrome": True}, "b": {"width": 4}}, "cooperativity": [{"a": "a", "b": "b"}]}
    )
    built = build(model, [ROW], [reads], 1)
    fit = FitState(list(built.experiments.values()), [reads], SETTINGS, "cpu")
    fit.active = [[True] * 4]
    searched: list[str] = []
    monkeypatch.setattr(FitState, "search", lambda *_, **__: 0.0)
    monkeypatch.setattr(registers._Search, "run", lambda self, reach: searched.append(self.name) or 0.0)
    move_pair(fit, Stage("fit", "spacing", ((0, 3),)), 2)
    assert [name.split(", ")[1] for name in searched] == ["half 2"]
