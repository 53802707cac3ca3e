"""Placements of a dimer: all that are allowed, where they say."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.likelihood.spaced import entries
from toy_binding import WIDTH, dimer


def best_sites(entry, size_a, size_b) -> torch.Tensor:
    """A read that holds TGA and CCT (or AGG) at an entry's placement, seen along a's strand, else N."""
    start_a = max(0, -entry.offset)
    start_b = start_a + entry.offset
    read = torch.full((1, WIDTH), 5, dtype=torch.uint8)
    read[0, start_a : start_a + size_a] = torch.tensor([3, 2, 0], dtype=torch.uint8)
    read[0, start_b : start_b + size_b] = torch.tensor([1, 1, 3] if entry.strands == "same" else [0, 2, 2]).byte()
    return read


@pytest.mark.parametrize("turned", [False, True])
def test_an_entry_is_where_it_says_on_either_strand(turned: bool) -> None:
    model = dimer()
    term = model.bindings[3]
    for entry in entries(term):
        read = best_sites(entry, 3, 3)
        if turned:
            read = torch.where(read < 4, 3 - read, read).flip(1)
        scores = torch.full_like(term.spacing.log_spacing, -40.0)
        scores[entry.row, entry.index] = 0.0
        term.spacing.log_spacing.data = scores
        # Only the placement that is allowed sees both sites.
        assert float(term(read).detach()) == pytest.approx(0.0, abs=0.5)
        assert entry.gap == abs(entry.offset) - 3


def test_entries_are_all_that_is_allowed_and_no_more() -> None:
    table = [(e.strands, e.offset, e.gap) for e in entries(dimer().bindings[3])]
    wanted = [(s, o, abs(o) - 3) for s in ("same", "opposite") for o in (-4, -3, 3, 4)]
    assert table == wanted
