"""Sites that variants break or make, their partners, and the table of a binding model."""

import numpy as np
import pytest

from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.model_file import LoadedBinding
from cisgrammar.sequence.alphabet import encode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.tables.contracts.variants import BINDING
from cisgrammar.variants.affinity import AffinityModel
from cisgrammar.variants.binding import BindingScorer, write_binding_scores
from cisgrammar.variants.table import write_variants
from cisgrammar.variants.variant import Variant
from toy_binding import dimer, factors_of, monomer


def scorer(sequence, experiment=None, p_value=0.005):
    experiment = experiment or monomer()
    spacings = {str(i): b.spacing for i, b in enumerate(experiment.bindings) if isinstance(b, Cooperativity)}
    loaded = LoadedBinding({"x": experiment}, factors_of(experiment), spacings, {}, None)
    return BindingScorer(AffinityModel(loaded), Genome.from_chromosomes({"c": encode(sequence)}), p_value)


LEFT, RIGHT = "AAAAACCCCC" * 3, "CCCCCAAAAA" * 3


@pytest.mark.parametrize(
    ("site", "ref", "at", "alt", "kind", "strand"),
    [
        ("TGAC", "G", 1, "A", "broken", "+"),
        ("GTCA", "C", 2, "A", "broken", "-"),
        ("TAAC", "A", 1, "G", "made", "+"),
        ("TGAC", "TG", 0, "T", "broken", "+"),
        ("TGAC", "C", 3, "CTGAC", "kept", "+"),
    ],
)
def test_a_site_is_broken_or_made(site, ref, at, alt, kind, strand):
    start = len(LEFT) + at
    (row,) = scorer(LEFT + site + RIGHT).score([Variant("c", start, ref, alt)])
    assert row["site"] == kind
    assert row["motif"] == "a"
    assert row["site_place"] == f"c:{len(LEFT)}-{len(LEFT) + 4}:{strand}"
    scores = row["site_score_ref"], row["site_score_alt"]
    assert max(scores) == pytest.approx(0, abs=2e-3)
    if kind == "kept":
        assert row["delta_log_affinity"] > 0.5  # two sites instead of one
    else:
        assert (row["delta_log_affinity"] < 0) == (kind == "broken")
        assert (scores[0] > scores[1]) == (kind == "broken")


def test_a_variant_beside_a_site_touches_none():
    (row,) = scorer(LEFT + "TGAC" + RIGHT).score([Variant("c", len(LEFT) + 8, RIGHT[4], "A")])
    assert (row["site"], row["site_place"]) == ("", "")
    assert row["site_score_ref"] < -1
    assert abs(row["delta_log_affinity"]) < 0.2


def test_the_change_of_a_lone_site_is_that_of_its_score():
    """With everything else far weaker, ln affinity changes by the matrix's difference."""
    experiment = monomer()
    psam = factors_of(experiment)["a"]
    psam.betas.data[psam.betas.data < 0] *= 4
    (row,) = scorer(LEFT + "TGAC" + RIGHT, experiment).score([Variant("c", len(LEFT) + 1, "G", "A")])
    assert row["delta_log_affinity"] < -3
    assert row["site_score_alt"] - row["site_score_ref"] == pytest.approx(
        (psam.betas[1, 0] - psam.betas[1, 2]).item(), abs=2e-3
    )


def test_the_partner_is_the_neighbour_at_the_favoured_distance():
    # TGA and CCT start 4 bp apart on the same strand, where ln omega is 1.
    sequence = LEFT.replace("C", "A") + "TGAACCT" + RIGHT.replace("C", "A")
    (row,) = scorer(sequence, dimer(), 0.02).score([Variant("c", len(LEFT) + 1, "G", "T")])
    assert (row["site"], row["motif"]) == ("broken", "a")
    assert row["partner"] == "b:same:4"
    assert row["partner_log_omega"] > 0
    (other,) = scorer(sequence, dimer(), 0.02).score([Variant("c", len(LEFT) + 5, "C", "G")])
    assert (other["motif"], other["partner"]) == ("b", "a:same:-4")
    assert other["partner_log_omega"] == pytest.approx(row["partner_log_omega"])


def test_sequence_of_n_has_no_site():
    (row,) = scorer(LEFT + "TGAC" + "N" * 40).score([Variant("c", len(LEFT) + 4, "N", "A")])
    assert row["motif"] in ("", "a")
    assert np.isnan(row["delta_log_affinity_se"])


def test_every_allele_has_a_row(tmp_path):
    one = scorer(LEFT + "TGAC" + RIGHT)
    at = len(LEFT) + 2
    lines = [f"c\t{at}\t.\tG\tA,<DEL>,C\t.\t.\t.", "c\t1\t.\tC\tG\t.\t.\t."]
    (tmp_path / "v.vcf").write_text("##fileformat=VCFv4.2\n" + "\n".join(lines) + "\n")
    write_variants(tmp_path / "v.tsv", tmp_path / "v.vcf", "auto", one.genome, 50)
    write_binding_scores(tmp_path / "b.tsv", tmp_path / "v.tsv", one)
    table = BINDING.read(tmp_path / "b.tsv")
    assert table["number"].tolist() == [0, 1, 2, 3]
    assert table["site"].fillna("").tolist()[:3] == ["broken", "", "broken"]
    assert table["note"].fillna("").tolist() == ["", "not read", "", "not read"]
