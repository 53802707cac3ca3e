"""The binding stage run for real, with nothing but a config: no samples."""

import gzip
import json
import random

import numpy as np
import pytest
import torch

from cisgrammar.binding import load_binding
from cisgrammar.binding.reads.count_table import CountTable
from cisgrammar.tables.io import read_table
from toy_binding import WIDTH, drawn, monomer

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
CONFIG = {
    "seed": 2,
    "threads": 1,
    "genome": {"fasta": "genome.fa"},
    "simulate_selex": {"reads": 3000, "length": 18, "width": 6, "offsets": [7], "log_omega": [3.0], "max_spacing": 2},
    "binding": {
        "libraries": "selex.tsv",
        "seeds": 2,
        "hits_p_value": 2e-3,
        "models": {
            "factor": {
                "motifs": {"site": {"width": 6, "position_bias": "channel"}},
                "cooperativity": [{"a": "site", "b": "site", "max_overlap": 0, "max_spacing": 2}],
                "kmer": 6,
                "kmer_starts": 1,
                "random_starts": 1,
                "shift": 1,
                "iterations": 40,
            }
        },
    },
}
READS = "results/simulate/selex/round0.fastq.gz,,results/simulate/selex/round2.fastq.gz"
SHEET = f"model\treads\tbarcode\tselection\nfactor\t{READS}\tTGTCGT\tbound_unsaturated\n"


@pytest.fixture(scope="module")
def bound(tmp_path_factory, flow_in):
    flow = flow_in(tmp_path_factory.mktemp("bound"))
    flow.write_config(CONFIG)
    (flow.folder / "selex.tsv").write_text(SHEET)
    (flow.folder / "genome.fa").write_text(">chr1\n" + "".join(random.Random(1).choices("ACGT", k=50_000)) + "\n")
    done = flow.run()
    assert done.returncode == 0, done.stdout
    return flow


def test_reads_to_report(bound):
    folder = bound.results / "binding" / "factor"
    names = {path.name for path in folder.iterdir()}
    assert {"matrix.tsv", "spacing.tsv", "heldout.tsv", "model.json", "model.safetensors"} <= names
    assert {"motifs.meme", "motifs.jaspar", "pfm"} <= names
    page = (bound.results / "report.html").read_text()
    assert page.count("data:image/png;base64,") == len(list((bound.results / "figures").rglob("*.png"))) == 6
    gates = {gate["name"]: gate for gate in json.loads((bound.results / "summary.json").read_text())}
    assert gates["binding.heldout_gain.library"]["verdict"] == "pass"


def test_the_model_file_has_the_numbers_of_the_description(bound):
    folder = bound.results / "binding" / "factor"
    described, loaded = json.loads((folder / "model.json").read_text()), load_binding(folder / "model.safetensors")
    assert loaded.motifs["site"].beta_items() == described["factors"]["site"]["parameters"]
    assert loaded.header.provenance["config"] == described["config"]
    ((library, experiment),) = loaded.experiments.items()
    assert experiment.log_activity.tolist() == described["libraries"][library]["log_activity"]
    reads = ["ACGTACGTTGACCATGAC", "TTTTTTTTTTTTTTTTTT"]
    codes = CountTable.from_strings(reads, np.ones((2, 3)), loaded.flanks[library]).codes()
    assert torch.isfinite(experiment(torch.from_numpy(codes))).all()


def test_sites_in_the_genome_are_the_motif(bound):
    model = json.loads((bound.results / "binding" / "factor" / "model.json").read_text())
    sequence = (bound.folder / "genome.fa").read_text().splitlines()[1]
    with gzip.open(bound.results / "binding" / "factor" / "hits.bed.gz", "rt") as handle:
        rows = [line.split("\t") for line in handle if not line.startswith("#")]
    best = max((row for row in rows if row[3] == "site"), key=lambda row: float(row[6]))
    found = sequence[int(best[1]) : int(best[2])]
    turned = found.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    assert (turned if best[5] == "-" else found) == model["factors"]["site"]["consensus"]
    assert all(float(row[7]) <= 2e-3 for row in rows if row[3] == "site")


def test_without_a_genome_no_sites_are_looked_for(flow):
    flow.write_config({key: value for key, value in CONFIG.items() if key != "genome"})
    (flow.folder / "selex.tsv").write_text(SHEET)
    done = flow.run("--dry-run")
    assert done.returncode == 0, done.stdout
    assert "binding/factor/model.json" in done.stdout
    assert "hits.bed.gz" not in done.stdout


def test_the_middle_round_was_not_sequenced(bound):
    stats = json.loads((bound.results / "binding" / "factor" / "library" / "counts.json").read_text())
    assert [one["sequenced"] for one in stats["rounds"]] == [True, False, True]
    assert (stats["left"], stats["right"], stats["length"]) == ("GACGTC", "GATCGG", 18)


def test_the_known_motif_is_found(bound):
    truth = read_table(bound.results / "binding" / "factor" / "truth.tsv")
    betas = truth[truth["quantity"] == "beta"]
    assert len(betas) == 24
    assert betas["true"].corr(betas["estimate"]) > 0.9


def test_a_second_run_has_nothing_to_do(bound):
    before = bound.fingerprints()
    done = bound.run()
    assert "Nothing to be done" in done.stdout
    assert bound.fingerprints() == before


def test_a_fit_that_is_done_again_gives_the_same_bytes(bound):
    before = bound.fingerprints()
    done = bound.run("--forcerun", "fit_psam")
    assert done.returncode == 0, done.stdout
    assert bound.fingerprints() == before


@pytest.mark.parametrize(
    ("change", "rule", "spared"),
    [
        ({"seeds": 3}, "fit_psam", "count_selex"),
        ({"hits_p_value": 1e-5}, "export_binding", "fit_psam"),
    ],
)
def test_a_changed_setting_reruns_only_what_it_touches(bound, change, rule, spared):
    try:
        bound.write_config({**CONFIG, "binding": {**CONFIG["binding"], **change}})
        done = bound.run("--dry-run")
    finally:
        bound.write_config(CONFIG)
    assert f"rule {rule}:" in done.stdout
    assert f"rule {spared}:" not in done.stdout


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        ("model\treads\nfactor\ta.fq\n", "reads: 1 sequenced round, wanted at least 2"),
        ("model\tcounts\nother\ta.tsv\n", "binding.models: no library of factor in the sheet; it has those of other"),
    ],
)
def test_a_bad_sheet_is_one_clear_message(flow, sheet, said):
    flow.write_config(CONFIG)
    (flow.folder / "selex.tsv").write_text(sheet)
    done = flow.run("--dry-run")
    assert done.returncode != 0
    assert sum(said in line for line in done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stdout


def test_one_selected_round_is_taken_as_draws_from_the_initial_library(flow):
    """A count table of which the test knows the truth, and nothing but a config."""
    truth = monomer()
    truth.log_activity.data[0] = -8.0
    table = drawn(truth, 3000, WIDTH, 1, pool=100_000)
    rows = zip(table.variable, table.counts.astype(int), strict=True)
    lines = ["\t".join(["".join("ACGT"[code] for code in read), *map(str, counts)]) for read, counts in rows]
    (flow.folder / "counts.tsv").write_text("\n".join(lines) + "\n")
    (flow.folder / "selex.tsv").write_text("model\tcounts\tselection\nfactor\tcounts.tsv\tbound_unsaturated\n")
    quick = {"motifs": {"site": {"width": 4}}, "kmer": 4, "kmer_starts": 1, "random_starts": 0, "shift": 1}
    models = {"factor": quick, "plain": {**quick, "initial_library": "free"}}
    sheet = (flow.folder / "selex.tsv").read_text()
    (flow.folder / "selex.tsv").write_text(sheet + "plain\tcounts.tsv\tbound_unsaturated\n")
    flow.write_config({"seed": 2, "threads": 1, "binding": {"libraries": "selex.tsv", "seeds": 2, "models": models}})
    done = flow.run()
    assert done.returncode == 0, done.stdout
    folders = {name: flow.results / "binding" / name for name in models}
    found = {name: json.loads((folder / "model.json").read_text()) for name, folder in folders.items()}
    assert found["factor"]["initial_library"] == {"library": "even letters"}
    assert found["plain"]["initial_library"] == {}
    assert found["factor"]["factors"]["site"]["consensus"] in ("TGAC", "GTCA")
    errors = {name: read_table(folder / "matrix.tsv")["standard_error"] for name, folder in folders.items()}
    # One or two of 16 may be larger: a direction that the free fit fixes as well carries the library's own error too.
    assert np.median(errors["factor"] / errors["plain"]) < 0.9
    parameters = read_table(folders["factor"] / "parameters.tsv").set_index("parameter")
    assert (parameters["standard_error"]["log_depth"].iloc[1:] > 0).all()
