# INPUTS   the config as a dictionary, and the sample sheet that it names
# OUTPUTS  CFG, SAMPLES, FOLDS, THRESHOLDS, and the helpers of the other rule files
#
# Every job on a cluster reads this file again: it imports nothing heavy.

import json
import os
import re
import time
from pathlib import Path

from snakemake.exceptions import WorkflowError

from cisgrammar.config.schema import parse_config
from cisgrammar.config.samples import check_heads, read_samples
from cisgrammar.config.fields import ConfigError
from cisgrammar.config.splice import FRAME_TABLES


include: "speed.smk"


try:
    CFG = parse_config(config)
    SAMPLES = read_samples(CFG.samples) if CFG.samples else {}
    check_heads(CFG.combined.heads if CFG.combined else (), SAMPLES)
except ConfigError as error:
    raise WorkflowError(str(error)) from None

# Where envs/*.post-deploy.sh find the package, for --sdm conda.
os.environ.setdefault(
    "CISGRAMMAR_SOURCE", str(Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1])
)
FOLDS = CFG.folds.names if CFG.folds else []
THRESHOLDS = [f"{value:g}" for value in CFG.bias.thresholds] if CFG.bias else []
# Jobs of this run start after this, so older logs are another run's.
BEGAN = time.time()
STAGES = [stage for stage in ("bias", "transformation", "combined") if getattr(CFG, stage) is not None]


def one_of(names):
    """A regular expression that matches these names and nothing else."""
    return "|".join(map(re.escape, names)) or "(?!)"


def mirror(folder):
    """The folder in which `folder` mirrors the results: logs for results, logs/yeast for results/yeast."""
    parts = [part for part in Path(CFG.results).parts if part not in (Path(CFG.results).anchor, "..")]
    return str(Path(folder, *(parts[1:] if parts[:1] == ["results"] else parts)))


def section(settings, *without):
    """A section of the config as plain values, for a rule's `params`; `without` the keys that the rule ignores."""
    return settings.model_dump(mode="json", exclude=set(without))


def checked_settings():
    """What of the config the checks look at: a change of anything else does not run them, and all training, again."""
    network = {"architecture": True, "training": {"jitter"}}
    kept = {
        "genome": True,
        "samples": True,
        "folds": True,
        "prepare": True,
        "output_length": True,
    }
    stages = {"bias": network, "transformation": set(), "combined": network}
    return CFG.model_dump(mode="json", include={**kept, **stages})


def growing(amount):
    """A resource that doubles, trebles, ... with each retry of a job."""
    return lambda wildcards, attempt: amount * attempt


def gpu(device, number=1):
    """What a job that works on `device` asks a cluster for beside memory and time; nothing for a CPU."""
    if device != "cuda":
        return {}
    wanted = {"slurm_partition": CFG.resources.gpu_partition, "gpu_model": CFG.resources.gpu_model}
    return {"gpu": number, **{name: value for name, value in wanted.items() if value is not None}}


def tracks(wildcards):
    """The rows of the sample sheet of one sample, as plain values."""
    return [section(track) for track in SAMPLES[wildcards.sample]]


def signal_files(wildcards):
    """The reads or bigWigs of one sample, in the order of its rows."""
    return [path for track in SAMPLES[wildcards.sample] for path in track.signal_paths]


def peak_file(wildcards):
    """The peaks of one sample."""
    return SAMPLES[wildcards.sample][0].peaks


def excluded():
    """The BED file of regions never used, if there is one."""
    return [CFG.genome.exclude] if CFG.genome and CFG.genome.exclude else []


def fold_files():
    """The BED files that say how regions are split, if folds are given so."""
    splits = (CFG.folds.splits or {}).values() if CFG.folds and CFG.folds.by == "bed" else ()
    return sorted(
        {
            path
            for split in splits
            for part in (split.test, split.validation, split.train or ())
            for path in part
        }
    )


def checkpoints(stage):
    """The folder of a training job's checkpoints: no output, for Snakemake deletes a failed job's outputs."""
    return lambda wildcards: str(Path(CFG.results, "checkpoints", stage, *wildcards))


def splice_models():
    """The splice model's files: the weights that the config gives, or the network that is trained."""
    return list(CFG.splice.model.weights) or ["<results>/splice/model.safetensors"]


def frame_tables():
    """The names of the tables of the frame checks that the config asks for."""
    return [FRAME_TABLES[check] for check in CFG.splice.checks.which] if CFG.splice.checks else []


def splice_gates():
    """The files that hold the gates of the splice stage."""
    if not CFG.splice:
        return []
    frames = ["<results>/splice/frames/frame_gates.json"] if CFG.splice.checks else []
    return ["<results>/splice/gates.json", *frames]


def ablation_gates():
    """The files that hold the gates of the ablation stage."""
    return per_fold("<results>/ablation/{sample}/{fold}/gates.json") if CFG.ablation else []


def ablation_truth():
    """The tables of planted sites beside those found, in a simulation."""
    return per_fold("<results>/ablation/{sample}/{fold}/truth.tsv") if CFG.simulate else []


def category_of(stage):
    """The heading of a stage in Snakemake's report, which sorts them by name."""
    order = ("simulate", "bias", "transformation", "combined", "evaluate", "binding", "splice", "ablation")
    return f"{order.index(stage) + 1}. {stage}"


def per_fold(pattern):
    """`pattern` with every sample and fold filled in."""
    return [
        pattern.replace("{sample}", sample).replace("{fold}", fold) for sample in SAMPLES for fold in FOLDS
    ]


def stage_files(stage):
    """The last files of a stage; an error that names the section if the config lacks it."""
    needed = {"prepare": "samples", "predict": "combined", "evaluate": "combined"}.get(stage, stage)
    if stage != "figures" and getattr(CFG, needed) is None:
        raise WorkflowError(
            f"no stage {stage} in this run: the config has no section `{needed}`; add it to run {stage}"
        )
    return {
        "prepare": lambda: [f"<results>/prepare/{sample}/checked.json" for sample in SAMPLES],
        "bias": lambda: per_fold("<results>/bias/{sample}/{fold}/verdict.json"),
        "transformation": lambda: per_fold("<results>/transformation/{sample}/{fold}/model.safetensors"),
        "combined": lambda: per_fold("<results>/combined/{sample}/{fold}/combined.safetensors"),
        "predict": lambda: per_fold("<results>/predict/{sample}/{fold}/predictions.h5")
        + of_all_folds("predict", "predictions.h5"),
        "evaluate": profile_gates,
        "binding": lambda: per_model("<results>/binding/{model}/gates.json")
        + per_model("<results>/binding/{model}/model.json"),
        "splice": splice_gates,
        "ablation": lambda: ablation_gates()
        + ablation_truth()
        + (per_fold("<results>/ablation/{sample}/{fold}/seqlets.tsv") if CFG.ablation.contributions else [])
        + of_all_folds("ablation", "fold_agreement.tsv"),
        "figures": lambda: sorted({f"<results>/figures/{place}" for _, place in drawn()}),
    }[stage]()


def last_files():
    """The last files of each stage that is in the config, also of a run that stops before it can be evaluated."""
    chain = ["prepare", *STAGES] if SAMPLES else []
    wanted = ["predict", "evaluate"] if CFG.combined else chain[-1:]
    alone = [stage for stage in ("binding", "splice", "ablation") if getattr(CFG, stage) is not None]
    return [path for stage in wanted + alone for path in stage_files(stage)]


def of_all_folds(stage, name):
    """A file of all folds together, for each sample; none if there is one fold."""
    return [f"<results>/{stage}/{sample}/all/{name}" for sample in SAMPLES] if len(FOLDS) > 1 else []


def gate_files():
    """Every file that holds gates."""
    return (
        profile_gates()
        + per_model("<results>/binding/{model}/gates.json")
        + splice_gates()
        + ablation_gates()
    )


def profile_gates():
    """The files that hold the gates of profiles."""
    if not CFG.combined:
        return []
    return per_fold("<results>/evaluate/{sample}/{fold}/gates.json") + of_all_folds("evaluate", "gates.json")


def input_length():
    """Bases that the widest model of this run sees for one window."""
    models = [model for model in (CFG.bias, CFG.combined) if model]
    return max(
        [model.architecture.input_length(CFG.output_length) for model in models],
        default=CFG.output_length,
    )


def jitter():
    """The largest random shift of a window in any training of this run."""
    return max([model.training.jitter for model in (CFG.bias, CFG.combined) if model], default=0)


HEADLINE = (
    "combined.peaks.median_jsd",
    "combined.peaks.log_counts_pearson",
    "residual.footprint_max",
    "binding.heldout_gain",
    "binding.agreement",
    "splice.held_out.acceptor.top_k_1",
    "splice.held_out.donor.top_k_1",
)


def headline():
    """Where the report is, and the numbers that matter; for the end of a run."""
    summary, report = (Path(CFG.results, name) for name in ("summary.json", "report.html"))
    if not (summary.exists() and report.exists()):
        return f"done; files are in {CFG.results}"
    gates = [gate for gate in json.loads(summary.read_text()) if gate["name"].startswith(HEADLINE)]
    return "\n".join([f"report: {report}", *map(gate_line, gates)])


def gate_line(gate):
    """A gate as one line; a number that could not be measured is a dash."""
    value, bar = ("-" if gate[key] is None else f"{gate[key]:.4g}" for key in ("value", "bar"))
    return f"  {gate['name']:34} {value:>8}  {gate['verdict']} (bar {bar})  {gate['sample']} {gate['fold']}"


def failure():
    """Which logs of this run hold an error, and its line; for the end of a failed run."""
    logs = sorted(path for path in Path(mirror("logs")).rglob("*.log") if path.stat().st_mtime >= BEGAN)
    errors = [
        (path, line)
        for path in logs
        for line in path.read_text(errors="replace").splitlines()
        if " ERROR " in line
    ]
    lines = [f"  {path}: {line.split(' ERROR ', 1)[1]}" for path, line in errors]
    return "\n".join(
        [
            ("the run failed; read the job's log:" if lines else "the run failed; see above"),
            *lines,
        ]
    )


include: "binding_inputs.smk"
