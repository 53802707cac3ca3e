"""Faults of the section `discover`, before any work."""

import pytest

from cisgrammar.check.faults import find_faults
from cisgrammar.config.schema import parse_config
from toy_check import CONFIG, MEME


def faults_of(**keys):
    given = {key: value for key, value in CONFIG.items() if key not in ("binding", "splice", "ablation")}
    return find_faults(parse_config({**given, "discover": keys}))


def test_a_sound_section_has_no_fault(good):
    (good / "second.meme").write_text(MEME)
    assert faults_of(motifs=["motifs.meme", "second.meme"], regions="peaks.bed") == []


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"motifs": ["motifs.meme", "none.meme"]}, "discover.motifs: no file none.meme"),
        ({"motifs": ["genes.gtf"]}, "genes.gtf: no motif"),
        ({"regions": "none.bed"}, "discover.regions: no file none.bed"),
        ({"regions": "far.bed"}, "far.bed: none of its chromosomes is in the FASTA"),
        ({"regions": "ends.bed"}, "bp around the middle of a region, which leaves the chromosome of each"),
    ],
)
def test_each_fault_is_one_line_that_names_the_file(good, keys, said):
    (good / "far.bed").write_text("chrZ\t1\t500\n")
    (good / "ends.bed").write_text("chr1\t0\t10\nchr2\t8990\t9000\n")
    (line,) = faults_of(**keys)
    assert said in line
