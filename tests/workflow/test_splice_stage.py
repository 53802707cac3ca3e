"""The splice stage run for real, with nothing but a config: no samples."""

import json

import pytest

from cisgrammar.tables.io import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
GENES = {
    "fasta": "results/simulate/genes/genome.fa",
    "annotation": "results/simulate/genes/genes.gtf",
    "test": ["chr3"],
    "validation": ["chr2"],
}
CONFIG = {
    "seed": 2,
    "threads": 1,
    "simulate_genes": {"chromosomes": 4, "genes_per_chromosome": 12},
    "splice": {
        "genes": GENES,
        "model": {"context": 80},
        "training": {"epochs": 1, "block": 500},
        "calibration": {"bootstrap": 20},
        "checks": {"limit": 4, "bootstrap": 20, "which": ["codon_replacement", "deletion"]},
    },
}


@pytest.fixture(scope="module")
def spliced(tmp_path_factory, flow_in):
    flow = flow_in(tmp_path_factory.mktemp("spliced"))
    flow.write_config(CONFIG)
    done = flow.run()
    assert done.returncode == 0, done.stdout
    return flow


def test_genes_to_report(spliced):
    folder = spliced.results / "splice"
    names = {str(path.relative_to(folder)) for path in folder.rglob("*.*")}
    assert {"genes.h5", "exons.tsv", "model.safetensors", "thresholds.tsv", "frames/codons.tsv"} <= names
    assert "frames/handedness.tsv" not in names, "not asked for"
    page = (spliced.results / "report.html").read_text()
    assert page.count("data:image/png;base64,") == len(list((spliced.results / "figures").rglob("*.png"))) == 6
    truth = read_table(folder / "truth.tsv")
    assert set(truth["role"]) == {"site", "decoy", "poison"}
    assert truth["log_odds"].notna().all()
    gates = {gate["name"]: gate for gate in json.loads((spliced.results / "summary.json").read_text())}
    assert (gates["splice.oracles"]["value"], gates["splice.oracles"]["verdict"]) == (0, "pass")
    assert not any("must_be_0" in name for name in gates)
    assert gates["splice.held_out.donor.top_k_1"]["bar"] > 0.3


def test_thresholds_are_of_validation_genes(spliced):
    thresholds = read_table(spliced.results / "splice" / "thresholds.tsv")
    assert sorted(thresholds["channel"]) == ["acceptor", "donor"]
    assert thresholds["threshold"].between(0, 1).all()


def test_given_weights_are_not_trained(spliced):
    model = str(spliced.results / "splice" / "model.safetensors")
    try:
        spliced.write_config({**CONFIG, "splice": {**CONFIG["splice"], "model": {"context": 80, "weights": [model]}}})
        done = spliced.run("--dry-run", "--forceall")
    finally:
        spliced.write_config(CONFIG)
    assert "rule calibrate_splice:" in done.stdout
    assert "rule train_splice:" not in done.stdout


def test_training_again_gives_the_same_bytes(spliced):
    before = spliced.fingerprints()
    done = spliced.run("--forcerun", "train_splice")
    assert done.returncode == 0, done.stdout
    assert spliced.fingerprints() == before


def test_an_annotation_of_another_genome_is_one_clear_message(flow):
    (flow.folder / "genome.fa").write_text(">other\n" + "ACGT" * 100 + "\n")
    (flow.folder / "genes.gtf").write_text(
        'chr1\tx\texon\t1\t50\t.\t+\t.\tgene_id "g"; transcript_id "t";\n'
        'chr1\tx\texon\t150\t200\t.\t+\t.\tgene_id "g"; transcript_id "t";\n'
    )
    genes = {**GENES, "fasta": "genome.fa", "annotation": "genes.gtf"}
    flow.write_config({"splice": {"genes": genes}})
    done = flow.run("splice")
    assert done.returncode != 0
    errors = [line for line in done.stdout.splitlines() if ".log: error: " in line]
    assert len(errors) == 1, done.stdout
    assert "chr1" in errors[0]
    assert "other" in errors[0]


def test_given_weights_need_no_training_genes(spliced):
    """All genes are held out: calibrated, checked, and the sites of genes, regions and sequences are listed."""
    folder = spliced.folder
    (folder / "regions.bed").write_text("chr1\t0\t3000\tall\t0\t.\n")
    fasta = (spliced.results / "simulate" / "genes" / "genome.fa").read_text().split(">")[1]
    (folder / "own.fa").write_text(">" + fasta)
    weights = [str(spliced.results / "splice" / "model.safetensors")]
    stage = {
        **CONFIG["splice"],
        "genes": {**GENES, "validation": ["chr1", "chr2", "chr4"]},
        # The context of a file is its own.
        "model": {"weights": weights, "context": 400},
        "checks": {"limit": 4, "bootstrap": 20, "which": ["deletion"]},
        "predict": {"splits": ["validation", "test"], "regions": "regions.bed", "fasta": "own.fa"},
    }
    config = {name: value for name, value in CONFIG.items() if name != "simulate_genes"}
    try:
        spliced.write_config({**config, "results": "held_out", "splice": stage})
        done = spliced.run()
    finally:
        spliced.write_config(CONFIG)
    assert done.returncode == 0, done.stdout
    found = folder / "held_out" / "splice"
    assert json.loads((found / "genes.json").read_text())["splits"]["train"]["genes"] == 0
    accuracy = read_table(found / "accuracy.tsv")
    assert set(accuracy["model"]) == {"model", "position_weights"}
    assert (found / "frames" / "deletions.tsv").exists()
    sites = read_table(found / "predict" / "sites.tsv")
    assert set(sites["set"]) == {"genes", "regions", "fasta"}
    genes = sites[sites["set"] == "genes"]
    annotated = genes[genes["status"] != "extra"]
    assert (annotated["kind"] == "donor").sum() == accuracy_of(accuracy, "donor", "sites")
    called = genes[(genes["status"] != "missed") & (genes["kind"] == "donor")]
    assert len(called) == accuracy_of(accuracy, "donor", "called")
    assert len(list((found / "predict" / "tracks").glob("*.bw"))) == 10


def accuracy_of(table, channel, metric):
    """The sum over calibration and held-out genes."""
    rows = table[(table["model"] == "model") & (table["channel"] == channel) & (table["metric"] == metric)]
    return rows["value"].sum()
