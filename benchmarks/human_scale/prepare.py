"""The prepare stage on a genome of human kind: a row `rule seconds MB` for each rule, and the bytes of its store.

The genome has 24 chromosomes with the shares of human ones, a tenth of it in runs of N, and lines of 60 bp. Fragments
are two thirds in peaks, as of ATAC-seq, and one third anywhere, in a sorted fragment file (gzip). Every rule's own
script runs on one thread in a process of its own. Seconds are of the wall, beside those of the processor; MB the peak
of resident memory (ru_maxrss), mapped files included.
"""

import resource
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from cisgrammar.config.prepare import Folds, Prepare
from cisgrammar.config.samples import Track
from human_scale import process

HELP = "seconds and peak memory of the rules of the prepare stage"
# Mb of human chromosomes 1 to 22, X and Y (GRCh38, rounded)
_MB = (248, 242, 198, 190, 182, 171, 159, 145, 138, 134, 135, 133, 114, 107, 102, 90, 83, 80, 59, 64, 47, 51, 156, 57)
_NAMES = [f"chr{name}" for name in (*range(1, 23), "X", "Y")]
_UNKNOWN, _IN_PEAKS, _WIDTH, _LINE = 0.1, 2 / 3, 300, 60
_LENGTHS = {"output_length": 1000, "input_length": 2114, "jitter": 500}


def add_arguments(parser):
    parser.add_argument("--genome", type=float, default=310e6, help="bp")
    parser.add_argument("--fragments", type=float, default=10e6)
    parser.add_argument("--peaks", type=float, default=25e3)
    parser.add_argument("--folds", type=int, default=2, help="folds, of five, whose regions are selected")
    parser.add_argument("--folder", type=Path, help="where to work, and to leave the files (default: a temporary one)")


def main(args):
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        make_data(folder, int(args.genome), int(args.fragments), int(args.peaks))
        print("rule seconds MB CPU_seconds", flush=True)
        for rule, given in jobs(folder, args.folds):
            before = processor_seconds()
            size, seconds = process.run("script", {"rule": rule, "threads": 1, **given})
            print(f"{rule} {seconds:.0f} {size:.0f} {processor_seconds() - before:.0f}", flush=True)
        for name in ("genome.h5", "tiles.h5", "signal.h5", "sample_tiles.h5"):
            print(f"# {name}: {(folder / name).stat().st_size / 1e6:,.0f} MB", flush=True)


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def make_data(folder, bases, fragments, peaks):
    """Write genome.fa, fragments.tsv.gz and peaks.bed, unless they are there; a chromosome is in memory at a time."""
    if (folder / "peaks.bed").exists():
        return
    generator = np.random.default_rng(1)
    lengths = {name: int(bases * mb / sum(_MB)) for name, mb in zip(_NAMES, _MB, strict=True)}
    # names in the order in which `sort -k1,1` has them, as in fragment files
    order = sorted(lengths)
    packed = subprocess.Popen(["gzip", "-4"], stdin=subprocess.PIPE, stdout=(folder / "fragments.tsv.gz").open("wb"))
    with (folder / "genome.fa").open("wb") as fasta, (folder / "some.bed").open("w") as bed:
        for name in lengths:
            write_chromosome(fasta, name, lengths[name], generator)
        for name in order:
            share = lengths[name] / bases
            summits = np.sort(generator.integers(5000, lengths[name] - 5000, int(peaks * share)))
            bed.writelines(f"{name}\t{s - 150}\t{s + 150}\n" for s in summits.tolist())
            write_fragments(packed.stdin, name, lengths[name], summits, int(fragments * share), generator)
    packed.stdin.close()
    if packed.wait():
        raise SystemExit("gzip failed")
    (folder / "some.bed").rename(folder / "peaks.bed")


def write_chromosome(fasta, name, length, generator):
    letters = np.frombuffer(b"ACGT", dtype=np.uint8)[generator.integers(0, 4, length, dtype=np.uint8)]
    first = length // 2
    letters[first : first + int(_UNKNOWN * length)] = ord("N")
    fasta.write(f">{name}\n".encode())
    whole = length // _LINE * _LINE
    lines = np.full((whole // _LINE, _LINE + 1), ord("\n"), dtype=np.uint8)
    lines[:, :_LINE] = letters[:whole].reshape(-1, _LINE)
    fasta.write(lines.tobytes())
    fasta.write(letters[whole:].tobytes() + b"\n")


def write_fragments(handle, name, length, summits, number, generator):
    near = int(number * _IN_PEAKS)
    # peaks differ in strength by a factor of a hundred
    strength = generator.pareto(1.2, len(summits)).clip(0.05, 5)
    places = generator.choice(summits, near, p=strength / strength.sum()) + generator.normal(0, _WIDTH / 2, near)
    starts = np.concatenate([places, generator.integers(100, length - 2000, number - near)])
    starts = np.sort(starts.astype(np.int64).clip(0, length - 1500))
    ends = starts + generator.integers(30, 400, number)
    cells = generator.integers(0, 4096, number)
    barcodes = ["".join("ACGT"[(i >> 2 * j) & 3] for j in range(6)) + "ACGTACGTAC-1" for i in range(4096)]
    for low in range(0, number, 1 << 20):
        part = zip(*(column[low : low + (1 << 20)].tolist() for column in (starts, ends, cells)), strict=True)
        handle.write("".join(f"{name}\t{s}\t{e}\t{barcodes[c]}\t1\n" for s, e, c in part).encode())


def jobs(folder, folds):
    """The jobs of the stage in order: rule, and its files and parameters."""
    path = {name: str(folder / name) for name in ("genome.fa", "genome.h5", "tiles.h5", "signal.h5", "sample_tiles.h5")}
    track = {"sample": "made", "head": "signal", "signal": str(folder / "fragments.tsv.gz")}
    track["peaks"] = str(folder / "peaks.bed")
    prepare, k = Prepare().model_dump(mode="json"), Folds(k=5).model_dump(mode="json")
    shape = {"stride": prepare["background_stride"], "output_length": _LENGTHS["output_length"]}
    shape["reach"] = _LENGTHS["input_length"] + 2 * _LENGTHS["jitter"]
    sample, rows = {"sample": "made"}, [Track.model_validate(track).model_dump(mode="json")]
    counted = {"signal": path["signal.h5"], "shift": str(folder / "shift.json")}
    yield "prepare_genome", _job({"fasta": path["genome.fa"]}, {"genome": path["genome.h5"]}, {}, {})
    genome, signal = {"genome": path["genome.h5"]}, {"genome": path["genome.h5"], "signal": path["signal.h5"]}
    yield "tile_genome", _job(genome, {"tiles": path["tiles.h5"]}, {"shape": shape}, {})
    reads = {**genome, "signals": [track["signal"]]}
    yield "count_reads", _job(reads, counted, {"tracks": rows, "prepare": prepare}, sample)
    yield "tile_signal", _job(signal, {"tiles": path["sample_tiles.h5"]}, {"shape": shape}, sample)
    tiles = [path["tiles.h5"], path["sample_tiles.h5"]]
    given = {**signal, "tiles": tiles, "peaks": [track["peaks"]], "exclude": [], "fold_files": []}
    params = {"prepare": prepare, "folds": k, "exclude_chromosomes": [], "seed": 1, **_LENGTHS}
    for fold in range(folds):
        out = {name: str(folder / f"fold{fold}.{name}") for name in ("regions", "rejected", "background")}
        yield "select_regions", _job(given, out, params, {**sample, "fold": f"fold{fold}"})


def _job(given, output, params, wildcards):
    return {"input": given, "output": output, "params": params, "wildcards": wildcards}
