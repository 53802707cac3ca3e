"""Interaction of pairs of sites in the genome."""

import pandas as pd

from ablation_figures import draw, usual
from cisgrammar.ablation.effects.pair import pair_effects
from cisgrammar.ablation.effects.spacing import spacing_effects
from cisgrammar.ablation.sites.find import BindingFiles, find_sites
from cisgrammar.ablation.sites.pairs import find_pairs
from cisgrammar.ablation.sites.peak_inputs import background_inputs, peak_windows
from cisgrammar.ablation.tables.pair_tables import pair_table
from cisgrammar.ablation.tables.spacing_tables import beside_in_vitro
from cisgrammar.config.profile import Evaluate
from cisgrammar.figures.ablation import interactions, spacing
from cisgrammar.motifs.motif import from_consensus
from cisgrammar.tables.contracts.ablation import PAIR_EFFECTS, SPACINGS
from figure_files import said
from toy_effects import SETTINGS, group_of, part_of
from toy_interactions import Heads
from toy_sites import make_place


class Helping(Heads):
    """Two GATAC or GTATC give 0.7 more than their sum, wherever they lie."""

    def forward(self, x):
        *profiles, counts = super().forward(x)
        return *profiles, counts + 0.7 * (counts > 1.5 * self.height)


def test_what_gives_more_than_its_sum_is_above_0_in_both_figures(tmp_path):
    regions, genome, _ = make_place(windows=5)
    part = part_of(Helping(heads=1, noise=0.0))
    sites = find_sites(peak_windows(regions, genome, Evaluate()), SETTINGS, BindingFiles(), 1).table
    pairs = find_pairs(sites, SETTINGS, 1)
    effects = pair_effects(group_of(part), pairs, (regions, genome), SETTINGS, 1)
    PAIR_EFFECTS.write(tmp_path / "pairs.tsv", pair_table(pairs, effects))
    shown = interactions.tabulate({"pairs": str(tmp_path / "pairs.tsv")})
    assert len(shown) == len(pairs)
    assert (shown["interaction"] > 0.35).all()
    toy = from_consensus("toy", "GATAC")
    codes = background_inputs(regions, genome, 4, part.input_length)
    settings = SETTINGS.model_copy(update={"spacings": (2, 4), "spacing_decoys": 4})
    scanned = spacing_effects(part, [(toy, toy)], {"toy": toy}, codes, settings, 1)
    SPACINGS.write(tmp_path / "spacings.tsv", beside_in_vitro(scanned, pd.DataFrame()))
    placed = spacing.tabulate({"spacings": str(tmp_path / "spacings.tsv")})
    assert placed["interaction"].tolist() == [0.7] * len(placed)


def test_pairs_of_either_order_share_a_panel(tmp_path):
    table = usual()["pairs"]
    table.loc[0, ["name_a", "name_b"]] = ["k", "m"]
    text = said(draw("ablation_interactions", tmp_path, table))
    assert "k and m (n = 3)" in text
    assert "m and m (n = 3)" in text
