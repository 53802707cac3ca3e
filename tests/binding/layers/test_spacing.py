"""Which offsets are allowed, and room for more windows."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.spacing import Spacing
from toy_layers import randomise


def test_spacing_bans_by_overlap_and_gap() -> None:
    a, b = PSAM(3), PSAM(4)
    spacing = Spacing(a, b, 9, max_overlap=0, max_spacing=2)
    allowed = spacing.offsets(8, 7)[~spacing.banned(8, 7)[0, 0]].tolist()
    assert allowed == [-6, -5, -4, 3, 4, 5]


def test_single_strand_spacing_takes_its_flags() -> None:
    a, b = PSAM(3, score_reverse=False), PSAM(4, score_reverse=False)
    assert Spacing(a, b, 9, score_reverse=False).get_log_spacing(8, 7).isfinite().all()
    with pytest.raises(ValueError, match="nothing is left to score"):
        Spacing(a, b, 9, score_same=False)


def test_growing_a_spacing_keeps_what_it_says() -> None:
    spacing = Spacing(PSAM(3), PSAM(4), 9)
    randomise(spacing)
    before = spacing.get_log_spacing(8, 7).detach()
    spacing.grow(12)
    torch.testing.assert_close(spacing.get_log_spacing(8, 7), before)


def test_what_is_banned_follows_the_settings_of_the_moment() -> None:
    """The mask is kept from call to call: by size, settings and device, and it is the same one for all who ask."""
    spacing = Spacing(PSAM(4), PSAM(3), 12, max_overlap=0, max_spacing=3)
    first = spacing.banned(8, 7)
    assert spacing.banned(8, 7) is first
    before = first.clone()
    spacing.max_spacing = 1
    assert spacing.banned(8, 7).sum() > first.sum()
    spacing.max_spacing, spacing.score_same = 3, False
    assert bool(spacing.banned(8, 7)[0, 0].all())
    spacing.score_same = True
    spacing.get_log_spacing(8, 7)
    assert spacing.banned(8, 7) is first
    assert torch.equal(first, before)


@pytest.mark.parametrize("strands", [1, 2])
@pytest.mark.parametrize("settings", [{}, {"max_overlap": 0, "max_spacing": 2}, {"score_mode": "positive"}])
def test_the_matrix_has_each_pair_of_windows_at_its_offset(strands: int, settings: dict) -> None:
    a, b = (PSAM(k, score_reverse=strands == 2) for k in (3, 4))
    spacing = Spacing(a, b, 9, score_reverse=strands == 2, **settings)
    randomise(spacing)
    factor = torch.tensor(1.5, requires_grad=True)
    diagonal = torch.arange(7) - torch.arange(8)[:, None] + 7
    plain = spacing.get_log_spacing(8, 7)[..., diagonal].transpose(1, 2).reshape(strands * 8, strands * 7)
    got, allowed = spacing.matrix(8, 7, factor), torch.isfinite(plain)
    assert torch.equal(got == -torch.inf, ~allowed)
    torch.testing.assert_close(got[allowed], 1.5 * plain[allowed])
    parameters = [spacing.log_spacing, factor]
    slopes = [
        torch.autograd.grad(x[allowed].square().sum(), parameters, retain_graph=True) for x in (got, factor * plain)
    ]
    torch.testing.assert_close(slopes[0][0], slopes[1][0])
    assert slopes[0][1].item() == pytest.approx(3.0 * plain[allowed].square().sum().item())
    for ask in (spacing.matrix, spacing.sources):
        with pytest.raises(ValueError, match="holds 9 windows, got 10 and 7"):
            ask(10, 7)


@pytest.mark.parametrize("strands", [1, 2])
@pytest.mark.parametrize("settings", [{}, {"max_overlap": 0, "max_spacing": 2}, {"score_mode": "negative"}])
def test_sources_say_which_parameter_each_offset_has(strands: int, settings: dict) -> None:
    a, b = (PSAM(k, score_reverse=strands == 2) for k in (3, 4))
    spacing = Spacing(a, b, 9, score_reverse=strands == 2, **settings)
    randomise(spacing)
    source, wanted = torch.from_numpy(spacing.sources(8, 7)), spacing.get_log_spacing(8, 7)
    assert torch.equal(source < 0, torch.isneginf(wanted))
    assert torch.equal(spacing.log_spacing.flatten()[source[source >= 0]], wanted[source >= 0])
    assert spacing.sources(8, 7) is spacing.sources(8, 7)
