"""The tiny config run for real, from simulated reads to the report."""

import json
import re

import numpy as np
import pytest

from cisgrammar.profile.models.saved import load_model
from cisgrammar.profile.predict import predict_windows
from cisgrammar.profile.prediction_file import read_predictions
from cisgrammar.signal.store import open_genome
from cisgrammar.tables.io import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
GATES = {
    "bias.background.median_jsd",
    "combined.peaks.median_jsd",
    "combined.peaks.log_counts_pearson",
    "residual.footprint_max",
}


def gates_of(flow):
    return json.loads((flow.results / "summary.json").read_text())


def write_strands(flow, folder):
    """The simulated 5' ends of each strand as a bigWig; returns chromosome lengths."""
    pybigwig = pytest.importorskip("pyBigWig")
    import gzip

    lengths, name = {}, ""
    for line in (flow.results / "simulate" / "genome.fa").read_text().splitlines():
        if line.startswith(">"):
            name = line[1:].split()[0]
        lengths[name] = lengths.get(name, 0) + (0 if line.startswith(">") else len(line))
    counts = {strand: {c: np.zeros(n) for c, n in lengths.items()} for strand in ("plus", "minus")}
    with gzip.open(flow.results / "simulate" / "fragments.tsv.gz", "rt") as handle:
        for line in handle:
            if not line.startswith("#"):
                chromosome, start, end = line.split("\t")[:3]
                counts["plus"][chromosome][int(start)] += 1
                counts["minus"][chromosome][int(end) - 1] += 1
    for strand, tracks in counts.items():
        writer = pybigwig.open(str(folder / f"{strand}.bw"), "w")
        writer.addHeader(list(lengths.items()))
        for chromosome, values in tracks.items():
            at = np.flatnonzero(values)
            writer.addEntries([chromosome] * len(at), at, ends=at + 1, values=values[at])
        writer.close()


def test_summary_has_the_gates(finished):
    gates = gates_of(finished)
    assert {gate["name"] for gate in gates} >= GATES
    for gate in gates:
        assert set(gate) == {"stage", "sample", "fold", "name", "value", "bar", "verdict"}
    assert {(gate["sample"], gate["fold"]) for gate in gates} == {("tiny", "fold0")}


def test_every_file_is_where_the_path_grammar_says(finished):
    names = set(finished.fingerprints())
    for name in (
        "prepare/genome.h5",
        "prepare/tiny/signal.h5",
        "prepare/tiny/fold0/regions.tsv",
        "bias/tiny/fold0/verdict.json",
        "combined/tiny/fold0/residual.safetensors",
        "predict/tiny/fold0/predictions.h5",
        "evaluate/tiny/fold0/summary.tsv",
        "report.html",
    ):
        assert name in names
    logs = {str(path.relative_to(finished.folder / "logs")) for path in (finished.folder / "logs").rglob("*.log")}
    assert "combined/tiny/fold0/train_combined.log" in logs
    assert (finished.folder / "benchmarks/rules/combined/tiny/fold0/train_combined.tsv").exists()


def test_report_is_one_file_with_every_figure(finished):
    page = (finished.results / "report.html").read_text()
    figures = list((finished.results / "figures").rglob("*.png"))
    assert figures
    assert page.count("data:image/png;base64,") == len(figures)
    assert re.findall(r"""(?:src|href)=["'](?!data:)""", page) == []


def test_verdicts_and_values_of_the_report_are_those_of_the_summary(finished):
    page = (finished.results / "report.html").read_text().replace("<wbr>", "")
    said = re.findall(r'<td class="name">([^<]*)</td>.*?data-value="([^"]*)".*?<td class="verdict (\w+)">', page)
    gates = gates_of(finished)
    graded = [gate for verdict in ("fail", "warn", "pass") for gate in gates if gate["verdict"] == verdict]
    assert len(graded) > 3
    wanted = [(g["name"], "" if g["value"] is None else f"{g['value']:.6g}", g["verdict"]) for g in graded]
    assert said == wanted


def test_a_run_ends_with_the_report_and_the_numbers(finished):
    done = finished.run("--forcerun", "report")
    assert done.returncode == 0, done.stdout
    assert "report: results/report.html" in done.stdout
    assert "combined.peaks.median_jsd" in done.stdout


def test_a_second_run_has_nothing_to_do(finished):
    before = finished.fingerprints()
    done = finished.run()
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout
    assert finished.fingerprints() == before


def test_a_changed_section_reruns_only_what_it_touches(finished, tiny):
    try:
        finished.write_config({**tiny, "evaluate": {**tiny["evaluate"], "footprint_backgrounds": 11}})
        done = finished.run("--dry-run")
    finally:
        finished.write_config(tiny)
    assert "rule evaluate_profiles:" in done.stdout
    assert "rule train_" not in done.stdout
    assert "rule select_regions:" not in done.stdout


def test_a_new_sample_trains_no_other_again(finished):
    sheet = finished.folder / "samples.tsv"
    before = sheet.read_text()
    try:
        sheet.write_text(before + before.splitlines()[1].replace("tiny", "other") + "\n")
        done = finished.run("--dry-run")
    finally:
        sheet.write_text(before)
    assert "sample=other" in done.stdout
    assert "sample=tiny" not in done.stdout


def test_two_bigwigs_and_a_bed_need_no_code(finished, flow, tiny):
    write_strands(finished, flow.folder)
    peaks = (finished.results / "simulate" / "peaks.narrowPeak").read_text().splitlines()
    (flow.folder / "peaks.bed").write_text("".join("\t".join(line.split("\t")[:3]) + "\n" for line in peaks))
    (flow.folder / "genome.fa").write_text((finished.results / "simulate" / "genome.fa").read_text())
    (flow.folder / "samples.tsv").write_text(
        "sample\tsignal\tpeaks\tshift\npaired\tplus.bw,minus.bw\tpeaks.bed\t+0/-0\n"
    )
    config = {key: value for key, value in tiny.items() if key != "simulate"}
    flow.write_config({**config, "genome": {"fasta": "genome.fa"}})
    done = flow.run()
    assert done.returncode == 0, done.stdout
    assert {gate["name"] for gate in gates_of(flow)} >= GATES
    assert {gate["sample"] for gate in gates_of(flow)} == {"paired"}


def test_a_failed_run_says_which_log_to_read(flow, tiny):
    flow.write_config({**tiny, "prepare": {**tiny["prepare"], "min_reads": 10_000_000}})
    done = flow.run("prepare")
    assert done.returncode != 0
    said = [line for line in done.stdout.splitlines() if line.strip().startswith("logs/prepare/")]
    assert any(".log: error: " in line for line in said), done.stdout
    assert not (flow.results / "prepare" / "tiny" / "checked.json").exists()


def check_agreement(folder, folds):
    """The necessity over folds is the mean of what the folds' own tables say."""
    tables = [read_table(folder / fold / "motif_table.tsv").set_index(["motif", "model"]) for fold in folds]
    agreed = read_table(folder / "all" / "fold_agreement.tsv").set_index(["motif", "model"])
    assert {model for _, model in agreed.index} == {"combined", "residual", "bias"}
    for place, row in agreed.iterrows():
        assert row["folds"] == 2
        # Tables hold six digits, and where the folds differ in sign their mean holds fewer.
        parts = np.array([t.loc[place, "necessity"] for t in tables])
        assert row["necessity"] == pytest.approx(parts.mean(), rel=1e-5, abs=5e-6 * np.abs(parts).max(), nan_ok=True)


def test_two_folds_are_averaged(flow, tiny):
    splits = {"a": {"test": ["chr4"], "validation": ["chr3"]}, "b": {"test": ["chr3"], "validation": ["chr4"]}}
    tiny["folds"] = {"splits": splits}
    tiny["bias"] |= {"thresholds": [2.0], "training": {"epochs": 1}}
    tiny["combined"]["training"] = {"epochs": 1}
    tiny["ablation"] = {"consensus": {"REB1": "TTACCCGG"}, "n": 2, "controls": 4, "decoys": 1, "decoy_sites": 4}
    tiny["ablation"] |= {"most_sites": 6, "backgrounds": 2}
    flow.write_config(tiny)
    done = flow.run()
    assert done.returncode == 0, done.stdout
    assert {gate["fold"] for gate in gates_of(flow)} == {"a", "b", "all"}
    check_agreement(flow.results / "ablation" / "tiny", splits)
    parts, chroms, starts = read_predictions(flow.results / "predict" / "tiny" / "all" / "predictions.h5")
    assert set(chroms) == {"chr3", "chr4"}
    files = {path.name for path in (flow.results / "combined" / "tiny" / "a").iterdir()}
    assert files == {"combined.safetensors", "residual.safetensors", "history.tsv"}
    genome = open_genome(flow.results / "prepare" / "genome.h5")
    models = [load_model(flow.results / "combined" / "tiny" / fold / "combined.safetensors") for fold in splits]
    first = [predict_windows(m, genome.codes, genome.positions(chroms[:1], starts[:1])) for m in models]
    wanted = np.mean([p.log_counts["signal"][0] for p in first])
    np.testing.assert_allclose(parts["combined"].log_counts["signal"][0], wanted, rtol=1e-4)
    assert (flow.results / "predict" / "tiny" / "all" / "tracks" / "residual.signal.both.bw").exists()
