"""The catalogue has every figure that was asked for."""

from cisgrammar.calibration.catalogue import SIMULATIONS
from cisgrammar.calibration.rates import AT_MOST_LEVEL, COVERAGE, POWER, TYPE_I


def test_names_are_unique_and_bars_fit_what_is_simulated():
    assert len({s.name for s in SIMULATIONS}) == len(SIMULATIONS) > 20
    kinds = {"type_i": TYPE_I, "coverage": COVERAGE, "power": POWER, "gate_type_i": AT_MOST_LEVEL}
    for simulation in SIMULATIONS:
        bars = {kinds[part] for part in simulation.name.split(".") if part in kinds} or {AT_MOST_LEVEL}
        assert bars == {simulation.bar}, simulation.name


def test_the_figures_of_the_issue_are_there():
    names = " ".join(s.name for s in SIMULATIONS)
    for wanted in (
        "spread_2_at_low_gc",
        "spread_4_at_low_gc",
        "spread_4_at_summit",
        "sites.power",
        "100_in_30",
        "200_in_40",
    ):
        assert wanted in names
    for genes in (8, 15, 30, 100):
        assert f"splice.recall_0.8.coverage.{genes}_genes" in names
    for library in ("right", "half_of_the_motif", "a_third_of_the_motif", "half_of_a_short_motif", "even"):
        assert f"binding.betas.coverage.{library}" in names
    for library in ("few_initial_reads", "few_reads_of_both", "strong", "strong_b", "strong_c", "weak", "weak_b"):
        assert f"binding.betas.coverage.{library}" in names
    for size in ("20_x_20.calibrated", "50_x_40.calibrated", "20_x_20.shift_1"):
        assert size in names
