"""What most of a run waits for goes first: with few cores the longest chain sets the time of the whole run."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHECKS = ("simulate", "prepare_genome", "count_reads", "tile_signal", "select_regions", "preflight")
CHAIN = (
    *("train_bias", "choose_bias", "train_transformation", "train_combined"),
    *("find_sites", "ablate_sites", "collect_ablation"),
    *("attribute_windows", "find_patterns", "call_hits"),
)
BESIDE = ("train_splice", "calibrate_splice", "check_frames", "score_profiles", "show_variants", "draw_figures")


def priorities():
    """Rule -> its priority."""
    text = "".join(path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    found = {}
    for rule in re.split(r"^ *rule ", text, flags=re.MULTILINE)[1:]:
        given = re.search(r"^ +priority: (\d+)$", rule, flags=re.MULTILINE)
        found[rule.split(":", 1)[0]] = int(given[1]) if given else 0
    return found


def test_the_longest_chain_goes_before_what_fills_the_other_cores():
    found = priorities()
    chain = [found[rule] for rule in CHAIN]
    assert chain == sorted(chain, reverse=True)
    assert min(chain) > max(found[rule] for rule in BESIDE)


def test_what_a_drawing_waits_for_is_made_before_its_chain_ends():
    """Else the last figures of a sample are drawn when one core has nothing left to do."""
    found = priorities()
    waited_for = ("attribute_peaks", "collect_contributions", "compare_sites")
    assert min(found[rule] for rule in waited_for) >= found["collect_ablation"]
    assert found["score_profiles"] > found["draw_figures"]


def test_all_inputs_are_checked_before_the_first_training():
    found = priorities()
    trainings = [rule for rule in found if rule.startswith(("train_", "fit_"))]
    assert len(trainings) >= 5
    others = ("simulate_selex", "count_selex", "simulate_genes", "build_genes", "read_variants")
    assert min(found[rule] for rule in CHECKS) > max(found[rule] for rule in others)
    assert min(found[rule] for rule in others) > max(found[rule] for rule in trainings)
