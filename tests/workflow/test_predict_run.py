"""A run of nothing but sequences and the section `predict`: equal to the package call, and its tracks tied together."""

from xml.etree import ElementTree

import numpy as np
import pyBigWig
import torch

from cisgrammar.profile.models.saved import save_model
from cisgrammar.profile.predict import average_parts, predict_parts
from cisgrammar.profile.prediction_file import read_predictions
from cisgrammar.sequence.alphabet import decode
from cisgrammar.tables.contracts.tracks import PREDICTED
from prepare_toys import random_genome
from toy_profile import small_solo

GENOME = random_genome({"II": 2000, "7": 300}, seed=4)
CONFIG = {
    "threads": 1,
    "genome": {"fasta": "genome.fa"},
    "predict": {
        "models": ["one.safetensors", "two.safetensors"],
        "batch_size": 3,
        "sets": {"near": {"regions": "x.bed"}, "far": {"fasta": "other.fa"}},
    },
    "browser": {},
}


def test_regions_and_a_fasta_are_predicted_by_the_mean_of_given_models(flow):
    models = [small_solo(seed=1), small_solo(seed=2)]
    for name, model in zip(CONFIG["predict"]["models"], models, strict=True):
        save_model(flow.folder / name, model)
    text = "".join(f">{name}\n{decode(GENOME.chromosome(name))}\n" for name in GENOME.names)
    for name in ("genome.fa", "other.fa"):
        (flow.folder / name).write_text(text)
    starts = [400, 1200, 700]
    (flow.folder / "x.bed").write_text("".join(f"II\t{start}\t{start + 40}\n" for start in starts) + "III\t5\t9\n")
    flow.write_config(CONFIG)
    done = flow.run()
    assert done.returncode == 0, done.stdout
    near, far = flow.results / "predict/sets/near/given", flow.results / "predict/sets/far/given"
    codes = GENOME.chromosome("II")
    torch.set_num_threads(1)
    expected = average_parts(predict_parts(model, codes, np.array(starts)) for model in models)["bias"]
    table = PREDICTED.read(near / "counts.tsv")
    np.testing.assert_allclose(table["log_counts"][:3], expected.log_counts["signal"], atol=1e-6)
    assert table["left_out"].tolist()[3] == "its sequence is not in the FASTA"
    parts, _, found = read_predictions(near / "predictions.h5")
    order = np.argsort(starts)
    assert found.tolist() == sorted(starts)
    np.testing.assert_allclose(
        parts["model"].log_probabilities["signal"], expected.log_probabilities["signal"][order], atol=1e-6
    )
    with pyBigWig.open(str(far / "tracks/model.signal.both.bw")) as file:
        assert np.isfinite(file.values("II", 0, 2000)).all()
        assert np.isfinite(file.values("7", 0, 300)).all()
    session = ElementTree.parse(flow.results / "browser/igv_session.xml").getroot()
    places = [entry.get("path") for entry in session.findall("Resources/Resource")]
    assert places == ["../predict/sets/near/given/tracks/model.signal.both.bw"], "not the sequences of another FASTA"
    assert (flow.results / "browser" / places[0]).is_file()
    assert (flow.results / "browser/genome.2bit").is_file()
    again = flow.run("--dry-run")
    assert "Nothing to be done" in again.stdout, again.stdout
