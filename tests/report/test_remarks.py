"""What was decided in a stage, in a sentence."""

import pytest

from cisgrammar.report.remarks import (
    Remark,
    bias_remark,
    reads_remarks,
    remarks_of,
    shared_remarks,
    transformation_remark,
)

VERDICT = {"verdict": "bias learned", "threshold": 0.5, "reason": "the model has the preference."}
FIT = {
    "parameters": [{"head": "a", "output": "profile", "types": ["linear"], "parameters": {"linear_m": 0.93612}}],
    "validation": [{"head": "a", "output": "profile", "before": 448.08, "after": 446.47, "earns_its_place": True}],
}
WINDOWS = {
    "shared_with_training": {"validation": {"sentence": "1 of 9 peaks."}, "test": {"sentence": "2 of 8 peaks."}},
}
ALL_KEPT = {"shared_with_training": {}}


def test_remarks_say_what_was_decided():
    expected = "s fold0: bias learned, at threshold 0.5. The model has the preference."
    assert bias_remark("s fold0", VERDICT) == expected
    expected = "s: a profile (linear_m 0.936) lowers the loss on held-out peaks: 448.1 to 446.5."
    assert transformation_remark("s", FIT) == expected


def test_a_transformation_that_does_not_help_is_said_to():
    (validation,) = FIT["validation"]
    worse = {**FIT, "validation": [{**validation, "earns_its_place": False}]}
    assert "does not lower the loss" in transformation_remark("s", worse)


def test_each_place_has_its_remarks_by_stage():
    remarks = remarks_of(["s fold0", "s fold1"], [WINDOWS, ALL_KEPT], [VERDICT, VERDICT], iter([FIT, FIT]))
    assert [(remark.stage, remark.text.split(":")[0]) for remark in remarks] == [
        *(("prepare", "s fold0, validation"), ("prepare", "s fold0, test")),
        *(("bias", "s fold0"), ("bias", "s fold1")),
        *(("transformation", "s fold0"), ("transformation", "s fold1")),
    ]
    assert remarks_of(["s fold0"], [], [], []) == []
    assert remarks_of(["s fold0"], [], [VERDICT], []) == [Remark("bias", bias_remark("s fold0", VERDICT))]


def test_a_verdict_without_its_place_is_an_error():
    with pytest.raises(ValueError, match="zip"):
        remarks_of(["s fold0", "s fold1"], [], [VERDICT], [])
    with pytest.raises(ValueError, match="zip"):
        remarks_of(["s fold0", "s fold1"], [WINDOWS], [], [])


def test_windows_that_training_shares_are_counted():
    assert shared_remarks("s", WINDOWS) == ["s, validation: 1 of 9 peaks.", "s, test: 2 of 8 peaks."]
    assert shared_remarks("s", ALL_KEPT) == []


def counted(**changes):
    file = {"path": "data/a.bw", "records": 300, "faulty": {}, "notes": []}
    file |= {key: value for key, value in changes.items() if key in file}
    return {"sample": "s", "heads": {"atac": {"files": [file], "without_ends": changes.get("without_ends", [])}}}


def test_odd_reads_are_told():
    assert reads_remarks(counted()) == []
    assert reads_remarks(counted(faulty={"mapped without CIGAR": 2, "beyond the end of the chromosome": 1})) == [
        "s atac, a.bw: of 300 records are left out: 2 mapped without CIGAR, 1 beyond the end of the chromosome."
    ]
    assert reads_remarks(counted(notes=["is this coverage?"], without_ends=["chr2"])) == [
        "s atac, a.bw: is this coverage?.",
        "s atac: no 5' end on chr2; windows there are left out.",
    ]
    assert "on a, b, c, d, e and 2 more;" in reads_remarks(counted(without_ends=list("abcdefg")))[0]
    assert remarks_of([], [], [], [], [counted(notes=["x"])])[0] == Remark("prepare", "s atac, a.bw: x.")


def test_a_run_without_bias_says_so():
    (remark,) = remarks_of(["s fold0"], [ALL_KEPT], [], [], corrected=False)
    assert (remark.stage, remark.text[:14]) == ("combined", "No bias stage:")
    assert remarks_of([], [], [], [], corrected=False) == []


def test_bias_models_are_told_by_whose_they_are():
    given = {"verdict": "bias learned", "given": "data/m.h5", "reason": "it fits."}
    assert bias_remark("s fold0", given) == "s fold0: bias learned, given, data/m.h5. It fits."
    remarks = remarks_of(["a f", "b f"], [ALL_KEPT, ALL_KEPT], [VERDICT], [FIT, FIT], bias_places=["group f"])
    assert [remark.text.split(":")[0] for remark in remarks if remark.stage == "bias"] == ["group f"]
