"""The scores of profile models: their definitions, folds, percentiles, peaks, and what cannot be scored."""

import numpy as np
import pytest

from cisgrammar.config.variants import ProfileScores
from cisgrammar.profile.predict import predict_windows
from cisgrammar.variants.alleles import effects_of
from cisgrammar.variants.null import genome_item
from cisgrammar.variants.profile import ProfileScorer, interval, spread
from toy_variants import of_all_kinds, snv, toy_models

SETTINGS = ProfileScores(shuffled=0, substitutions=9)


@pytest.fixture(scope="module")
def scorer(genome, peaks):
    return ProfileScorer(toy_models(3), genome, peaks, SETTINGS, 1)


def test_scores_are_means_over_folds_and_their_products(genome, scorer):
    variant = snv(genome, "chr1", 430)
    (rows,) = scorer.score([variant])
    effects = [effects_of(m, [genome_item(genome, variant, 440 - 42, 84)]) for m in scorer.models]
    for h, row in enumerate(rows):
        logfc, jsd = (np.array([getattr(e, name)[0, h] for e in effects]) for name in ("logfc", "jsd"))
        assert row["logfc"] == pytest.approx(logfc.mean(), abs=1e-7)
        assert row["logfc_sd"] == pytest.approx(logfc.std(ddof=1), abs=1e-7)
        assert row["jsd"] == pytest.approx(jsd.mean(), abs=1e-7)
        most = max(row["allele1_percentile"], row["allele2_percentile"])
        assert row["max_percentile"] == most
        assert row["percentile_change"] == row["allele2_percentile"] - row["allele1_percentile"]
        size = abs(row["logfc"])
        assert row["abs_logfc_x_jsd"] == pytest.approx(size * row["jsd"])
        assert row["abs_logfc_x_jsd_x_max_percentile"] == pytest.approx(size * row["jsd"] * most)
        difference = row["allele2_log_counts"] - row["allele1_log_counts"]
        assert row["logfc"] == pytest.approx(difference / np.log(2), abs=1e-6)
        assert (row["peak"], row["peak_place"]) == ("a", "chr1:400-480")
    assert [row["head"] for row in rows] == ["a", "b"]


def test_percentiles_are_the_shares_of_peaks_predicted_below(genome, peaks, scorer):
    variant = snv(genome, "chr1", 430)
    (rows,) = scorer.score([variant])
    starts = genome.positions(["chr1", "chr1", "chr2"], np.array([440, 510, 520]) - 30)
    for h, head in enumerate(("a", "b")):
        shares = [[], []]
        for model in scorer.models:
            of_peaks = predict_windows(model, genome.codes, starts).log_counts[head]
            effect = effects_of(model, [genome_item(genome, variant, 398, 84)])
            for side, values in zip(shares, (effect.before, effect.after), strict=True):
                side.append((of_peaks < values[0, h] - 1e-6).mean())
        assert rows[h]["allele1_percentile"] == pytest.approx(np.mean(shares[0]), abs=1e-9)
        assert rows[h]["allele2_percentile"] == pytest.approx(np.mean(shares[1]), abs=1e-9)


def test_a_score_does_not_depend_on_what_else_is_in_the_file(genome, peaks, scorer):
    variants = [*of_all_kinds(genome, "chr1", 20, 3, 100, 600), None, snv(genome, "chr2", 510)]
    together = list(scorer.score(variants))
    alone = ProfileScorer(toy_models(3), genome, peaks, SETTINGS, 1)
    for variant, rows in zip(variants[::-1], together[::-1], strict=True):
        (again,) = alone.score([variant])
        for one, other in zip(rows, again, strict=True):
            assert one.keys() == other.keys()
            for name, value in one.items():
                same = value if isinstance(value, str) else pytest.approx(value, abs=2e-6, nan_ok=True)
                assert other[name] == same


def test_what_is_not_scored_says_why(genome, scorer):
    none, near, inside = scorer.score([None, snv(genome, "chr2", 3), snv(genome, "chr2", 200)])
    assert [row["note"] for row in none] == ["not read"] * 2
    assert {row["note"] for row in near} == {""} or near[0]["note"] == "window leaves the chromosome"
    far = ProfileScorer(toy_models(1), genome, None, ProfileScores(centre="variant", shuffled=0), 1)
    ((row, _),) = far.score([snv(genome, "chr2", 3)])
    assert row["note"] == "window leaves the chromosome"
    assert np.isnan(row["logfc"])
    assert np.isnan(row["logfc_p_substitutions"])
    assert inside[0]["note"] == ""
    assert inside[0]["peak"] == ""


def test_without_peaks_there_are_no_percentiles(genome):
    one = ProfileScorer(toy_models(1), genome, None, SETTINGS, 1)
    ((row, _),) = one.score([snv(genome, "chr1", 430)])
    assert np.isnan(row["max_percentile"])
    assert np.isnan(row["logfc_sd"])
    assert np.isnan(row["logfc_low"])
    assert np.isfinite(row["logfc"])


def test_models_must_be_alike(genome):
    from cisgrammar.profile.models.heads import Head
    from cisgrammar.profile.models.solo import SoloModel
    from toy_profile import network

    odd = SoloModel(network(4, 1, 3, 3), 60, (Head("a", 2), Head("c", 1)), seed=1)
    with pytest.raises(ValueError, match="wanted models of the same heads and lengths, got heads"):
        ProfileScorer([*toy_models(1), odd], genome, None, SETTINGS, 1)
    with pytest.raises(ValueError, match="got none"):
        ProfileScorer([], genome, None, SETTINGS, 1)


def test_the_interval_covers_the_mean_of_folds():
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(4000):
        low, high = interval(rng.normal(1.0, 2.0, 4))
        covered += low <= 1.0 <= high
    assert 0.94 <= covered / 4000 <= 0.96
    assert np.isnan(spread(np.ones(1)))
