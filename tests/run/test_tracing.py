"""What a stage's manifest holds."""

from cisgrammar.run import tracing
from toy_run import toy_run


def test_stages_of_the_run_have_a_manifest_and_name_those_that_they_read(tmp_path):
    run = toy_run(tmp_path, without=("ablation", "combined", "simulate", "simulate_selex", "simulate_genes"))
    assert tracing.traced_stages(run) == ["prepare", "bias", "transformation", "binding", "splice"]
    assert tracing.upstream(toy_run(tmp_path), "ablation") == ["combined", "binding"]
    unbound = toy_run(tmp_path, without=("binding",))
    assert tracing.upstream(unbound, "ablation") == ["combined"]


def test_inputs_are_all_files_that_sections_and_sheets_name(tmp_path):
    beds = {"by": "bed", "splits": {"f": {"test": ["t.bed"], "validation": ["v.bed"]}}}
    run = toy_run(tmp_path, folds=beds, genome={"fasta": "g.fa", "exclude": "x.bed"})
    own = {"g.fa", "x.bed", "t.bed", "v.bed", "a.bam", "b.bam", "plus.bw", "minus.bw", "a.bed", "b.bed"}
    assert set(tracing.traced_inputs(run, "prepare")) == {*own, str(tmp_path / "samples.tsv")}
    selex = {"g.fa", "x.bed", str(tmp_path / "selex.tsv"), "r0.fq", "r2.fq", "q0.fq", "q1.fq"}
    simulated = {f"results/simulate/selex/round{number}.fastq.gz" for number in (0, 1)}
    assert set(tracing.traced_inputs(run, "binding")) == selex | simulated
    assert tracing.traced_inputs(run, "bias") == []


def test_settings_are_the_stages_own_with_the_rows_of_its_sheet(tmp_path):
    run = toy_run(tmp_path, seed=5)
    settings = tracing.traced_settings(run, "binding")
    assert set(settings) == {"seed", "output_length", "threads", "genome", "binding", "rows"}
    assert settings["seed"] == 5
    assert [row["library"] for row in settings["rows"]["alpha"]] == ["y", "x"]
    assert "rows" not in tracing.traced_settings(run, "bias")


def test_a_model_without_bias_reads_what_was_prepared(tmp_path):
    plain = toy_run(tmp_path, without=("bias", "transformation"))
    assert tracing.upstream(plain, "combined") == ["prepare"]
    assert tracing.upstream(toy_run(tmp_path), "combined") == ["transformation"]
