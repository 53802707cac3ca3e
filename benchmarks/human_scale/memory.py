"""Peak memory of rules against the number of windows: a row `rule windows MB` for each rule and number.

Every rule's own script runs on one thread in a process of its own, on a made-up genome with as many scored windows
(four of five are peaks) and as many to train on, and with untrained models of the real classes, as small as they may
be. MB are the peak of resident memory (ru_maxrss), mapped files included, of the scripts that the rule stands for; the
largest counts. `ablate` finds, ablates and collects sites, one in each peak; `contributions` are those of the ablation
stage (a peak and one shuffle of it) and of the discover stage; `hits` finds patterns and calls hits; `variants` has
one variant in each window.
"""

import shutil
import tempfile
from pathlib import Path

from human_scale import process

HELP = "peak memory of each rule for several numbers of windows"
RULES = ("predict", "average", "evaluate", "tracks", "contributions", "ablate", "hits", "variants")
_NONE: list[str] = []


def add_arguments(parser):
    parser.add_argument("--windows", type=int, nargs="+", default=[5000, 20000, 60000], help="scored windows")
    parser.add_argument("--length", type=int, default=1000, help="bp of a window")
    parser.add_argument("--rules", nargs="+", choices=RULES, default=list(RULES))
    parser.add_argument("--folder", type=Path, help="where to work, and to leave the files (default: a temporary one)")
    parser.add_argument("--scripts", action="store_true", help="a row for each script too, with its seconds")


def main(args):
    print("rule windows MB", flush=True)
    found = {}
    for number in args.windows:
        with tempfile.TemporaryDirectory() as temporary:
            folder = (args.folder or Path(temporary)) / f"windows_{number}"
            given = {"folder": str(folder), "windows": number, "length": args.length, "hits": "hits" in args.rules}
            process.run("world", given)
            for rule in args.rules:
                found[rule, number] = measure(rule, folder, number, args.scripts)
                print(f"{rule} {number} {found[rule, number]:.0f}", flush=True)
            if args.folder is None:
                shutil.rmtree(folder)
    few, many = min(args.windows), max(args.windows)
    if few < many:
        for rule in args.rules:
            growth = found[rule, many] / found[rule, few] - 1
            slope = (found[rule, many] - found[rule, few]) / (many - few) * 1000
            print(f"# {rule}: {100 * growth:+.1f} % from {few} to {many} windows, {slope:.2f} kB a window", flush=True)


def measure(rule, folder, number, shown):
    """MB of a rule: of the script that needs most. What the scripts need of other rules is made first."""
    most = 0.0
    for name in _NEEDS.get(rule, ()):
        if not (folder / name).is_dir():
            measure(name, folder, number, shown)
    (folder / rule).mkdir(exist_ok=True)
    for counted, script, given in _JOBS[rule](folder, folder / rule, number):
        job = {"rule": script, "threads": 1, "wildcards": {"sample": "made", "fold": "fold0", "shard": "0"}, **given}
        size, seconds = process.run("script", job)
        if shown:
            print(f"# {rule} {script} {number} {size:.0f} MB {seconds:.0f} s", flush=True)
        most = max(most, size) if counted else most
    return most


_NEEDS = {"evaluate": ("predict",), "contributions": ("ablate",)}
_SCORED = {"min_counts": 1, "edge": 0}


def _job(counted, script, given, output, **params):
    plain = {name: [str(p) for p in path] if isinstance(path, list) else str(path) for name, path in given.items()}
    made = {name: [str(p) for p in path] if isinstance(path, list) else str(path) for name, path in output.items()}
    return counted, script, {"input": plain, "output": made, "params": params}


def _fold(folder):
    return {"genome": folder / "genome.h5", "regions": folder / "regions.tsv", "model": folder / "model_0.safetensors"}


def _predict(folder, out, number):
    made = {"predictions": out / "predictions.h5", "tracks": out / "tracks"}
    given = {**_fold(folder), "control": _NONE}
    yield _job(True, "predict_profiles", given, made, evaluate=_SCORED, device="cpu")


def _average(folder, out, number):
    folds = range(2)
    given = {
        "genome": folder / "genome.h5",
        "regions": [folder / f"regions_{fold}.tsv" for fold in folds],
        "models": [folder / f"model_{fold}.safetensors" for fold in folds],
        "control": _NONE,
    }
    made = {"predictions": out / "predictions.h5", "tracks": out / "tracks"}
    yield _job(True, "average_predictions", given, made, evaluate=_SCORED, device="cpu")


def _evaluate(folder, out, number):
    given = {
        **_fold(folder),
        "signal": folder / "signal.h5",
        "control": _NONE,
        "predictions": folder / "predict" / "predictions.h5",
    }
    names = ("per_region", "summary", "footprints", "preference")
    made = {**{name: out / f"{name}.tsv" for name in names}, "gates": out / "gates.json"}
    settings = {**_SCORED, "footprint_backgrounds": 32}
    yield _job(True, "evaluate_profiles", given, made, evaluate=settings, seed=1, device="cpu")


def _tracks(folder, out, number):
    given = {"genome": folder / "genome.h5", "regions": folder / "regions.bed", "models": [_fold(folder)["model"]]}
    made = {"predictions": out / "predictions.h5", "counts": out / "counts.tsv", "tracks": out / "tracks"}
    yield _job(True, "predict_regions", given, made, settings={}, batch_size=None, device="cpu")


def _contributions(folder, out, number):
    wish = {"model": "residual", "outputs": ["counts"], "most_peaks": number, "references": 2}
    settings = {"contributions": wish}
    made = {"contributions": out / "peaks.h5"}
    yield _job(True, "attribute_peaks", _fold(folder), made, ablation=settings, evaluate=_SCORED, seed=1)
    given = {"genome": folder / "genome.h5", "sites": folder / "ablate" / "sites.tsv", "shards": [out / "peaks.h5"]}
    made = {name: out / f"contributions.{end}" for name, end in (("contributions", "h5"), ("bed", "bed"))}
    made |= {"seqlets": out / "seqlets.tsv", "tracks": [out / "counts.bw"]}
    yield _job(True, "collect_contributions", given, made, ablation=settings)
    fold = _fold(folder)
    given = {"genome": fold["genome"], "models": [fold["model"]], "regions": [fold["regions"]]}
    settings = {"outputs": ["counts"], "references": 2, "most_windows": number}
    yield _job(True, "attribute_windows", given, {"contributions": out / "windows.h5"}, discover=settings, seed=1)


def _ablate(folder, out, number):
    settings = {"consensus": {"AP1": "TGACTCAGCA"}, "most_sites": number, "n": 2, "models": ["residual"]}
    settings |= {"both_strands": False, "decoys": 1, "controls": 1, "backgrounds": 4}
    fold, found = _fold(folder), {name: out / f"{name}.tsv" for name in ("sites", "pairs")} | {"motifs": out / "m.json"}
    given = {"genome": fold["genome"], "regions": fold["regions"]}
    given |= {"discovered": _NONE, "binding_models": _NONE, "binding_hits": _NONE}
    yield _job(True, "find_sites", given, found, ablation=settings, evaluate=_SCORED, seed=1)
    ablated = {"effects": out / "effects.tsv", "pairs": out / "pair_effects.tsv", "profiles": out / "profiles.h5"}
    yield _job(True, "ablate_sites", {**fold, **found}, ablated, ablation=settings, seed=1)
    put_in = {"sufficiency": out / "sufficiency.tsv", "spacing": out / "spacing.tsv"}
    given = {**fold, "motifs": found["motifs"], "binding_spacings": _NONE}
    yield _job(False, "marginalize_motifs", given, put_in, ablation=settings, seed=1)
    given = {**found, **put_in, "binding_spacings": _NONE, "effects": [ablated["effects"]]}
    given |= {"pair_effects": [ablated["pairs"]], "profiles": [ablated["profiles"]]}
    ends = {"sites": "tsv", "bed": "bed", "effects": "h5", "motifs": "tsv", "pairs": "tsv", "pair_classes": "tsv"}
    ends |= {"spacings": "tsv", "page": "html", "gates": "json"}
    made = {name: out / f"all_{name}.{end}" for name, end in ends.items()}
    yield _job(True, "collect_ablation", given, made, ablation=settings)


def _hits(folder, out, number):
    shards = [folder / f"contributions_{shard}.h5" for shard in range(4)]
    settings = {"outputs": ["counts"]}
    found = {"seqlets": out / "seqlets.tsv", "patterns": out / "patterns.h5", "numbers": out / "patterns.json"}
    yield _job(True, "find_patterns", {"shards": shards}, found, discover=settings)
    given = {"shards": shards, "patterns": found["patterns"], "numbers": found["numbers"]}
    given |= {"known": _NONE, "binding": _NONE, "genome": folder / "genome.h5"}
    ends = {"logos": "tsv", "hits": "tsv", "bed": "bed.gz", "big_bed": "bb", "meme": "meme", "numbers": "numbers.json"}
    made = {name: out / f"{name}.{end}" for name, end in ends.items()}
    made |= {"gates": out / "gates.json", "motifs": out / "motifs.tsv", "tracks": [out / "counts.bw"]}
    yield _job(True, "call_hits", given, made, discover=settings)


def _variants(folder, out, number):
    genome, source = folder / "genome.h5", folder / "variants.vcf"
    read, scores = out / "variants.tsv", out / "profile.tsv"
    layout = {"layout": "auto", "longest": 500}
    yield _job(True, "read_variants", {"genome": genome, "variants": source}, {"variants": read}, variants=layout)
    given = {"genome": genome, "variants": read, "models": [_fold(folder)["model"]]}
    given |= {"peaks": folder / "peaks.narrowPeak"}
    settings = {"substitutions": 1, "shuffled": 100, "most_peaks": 1000}
    yield _job(True, "score_profiles", given, {"scores": scores}, profile=settings, seed=1)
    given = {"source": source, "genome": genome, "variants": read, "profile": [scores]}
    given |= {"binding": _NONE, "splice": _NONE, "genes": _NONE}
    ends = {"scores": "tsv", "vcf": "vcf.gz", "index": "vcf.gz.tbi", "qq": "qq.tsv", "signs": "signs.tsv"}
    made = {name: out / f"all.{end}" for name, end in ends.items()}
    yield _job(True, "collect_variants", given, made, nearest=3, sources=["made"], factors=[])


_JOBS = {
    "predict": _predict,
    "average": _average,
    "evaluate": _evaluate,
    "tracks": _tracks,
    "contributions": _contributions,
    "ablate": _ablate,
    "hits": _hits,
    "variants": _variants,
}
