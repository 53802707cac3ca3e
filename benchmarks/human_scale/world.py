"""A made-up genome with as many windows as wanted, and what rules before the measured ones would have left."""

import json
import sys
from pathlib import Path

import numpy as np

MOTIF = "TGACTCAGCA"
_GAP = 200
_MARGIN = 4000
_PIECE = 2000


def main():
    given = json.loads(sys.argv[1])
    folder, number, length = Path(given["folder"]), given["windows"], given["length"]
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    genome, table = windows_of(number, length, rng)
    write_store(folder, genome, table, rng)
    write_models(folder, length)
    write_lists(folder, genome, table, rng)
    if given["hits"]:
        write_contributions(folder, table, length, rng)


def windows_of(number, length, rng):
    """A genome, and its windows: chr1 and chr2 are tested, chr3 is trained on, each fifth window is background.

    Peaks have the motif in their middle. Windows do not overlap; there are as many to train on as to test.
    """
    from cisgrammar.sequence.alphabet import encode, gc_content
    from cisgrammar.sequence.fasta import Genome
    from cisgrammar.signal.store import cut_codes
    from cisgrammar.signal.table import Regions

    each = {"chr1": (number + 1) // 2, "chr2": number // 2, "chr3": number, "chr4": 20}
    step = length + _GAP
    chromosomes = {name: rng.integers(0, 4, 2 * _MARGIN + step * n, dtype=np.uint8) for name, n in each.items()}
    genome = Genome.from_chromosomes(chromosomes)
    chrom = np.repeat(list(each), list(each.values()))
    start = np.concatenate([_MARGIN + step * np.arange(n) for n in each.values()])
    kind = np.where(np.arange(len(start)) % 5 < 4, "peak", "background")
    where = genome.positions(chrom.tolist(), start)
    middle = where[kind == "peak"] + length // 2
    for i, code in enumerate(encode(MOTIF)):
        genome.codes[middle + i] = code
    # The fingerprint is that of the bases.
    parts = np.split(genome.codes, genome.offsets[1:])
    genome = Genome.from_chromosomes(dict(zip(each, parts, strict=True)))
    gc = np.concatenate(
        [gc_content(cut_codes(genome.codes, where[i : i + _PIECE], length)) for i in range(0, len(where), _PIECE)]
    )
    split = np.select([chrom == "chr3", chrom == "chr4"], ["train", "validation"], "test")
    name = np.array([f"{c}:{s}-{s + length}" for c, s in zip(chrom.tolist(), start.tolist(), strict=True)])
    counts = np.zeros(len(start), dtype=np.int64)
    return genome, Regions(chrom, start, start + length, name, kind, split, counts, gc)


def write_store(folder, genome, table, rng):
    """Genome, counts (120 ends in a peak, 30 in background, in pairs) and the tables of two folds."""
    from dataclasses import replace

    from cisgrammar.signal.cuts import CutCollector, ReadReport, count_cuts
    from cisgrammar.signal.store import write_genome, write_signal
    from cisgrammar.signal.table import write_regions

    length = int(table.end[0] - table.start[0])
    fragments = np.where(table.kind == "peak", 60, 15)
    where = genome.positions(table.chrom.tolist(), table.start) + length // 2
    first = np.repeat(where, fragments) + rng.normal(-30, length / 8, fragments.sum()).astype(np.int64)
    collector = CutCollector(genome, ReadReport("fragments", "fragments"))
    collector.add(first, first + rng.integers(30, 90, len(first)))
    write_genome(folder / "genome.h5", genome)
    counts = count_cuts(genome, collector.cuts(), (4, -4), split=False)
    write_signal(folder / "signal.h5", {"signal": counts}, {"genome_fingerprint": genome.fingerprint})
    table = replace(table, counts=2 * fragments.astype(np.int64))
    write_regions(folder / "regions.tsv", table)
    for fold, chrom in enumerate(("chr1", "chr2")):
        write_regions(folder / f"regions_{fold}.tsv", table.take(table.chrom == chrom))


def write_models(folder, length):
    """Two untrained combined models, as small as the classes allow."""
    from cisgrammar.config.profile import Architecture, Regression
    from cisgrammar.profile.models.combined import CombinedModel
    from cisgrammar.profile.models.heads import Head
    from cisgrammar.profile.models.saved import save_model
    from cisgrammar.profile.models.solo import SoloModel
    from cisgrammar.profile.models.transformation import TransformationModel

    shape = Architecture(filters=4, layers=1, input_filter_width=11, output_filter_width=11)
    heads = (Head("signal", 1),)
    for fold in range(2):
        bias, residual = (SoloModel(shape, length, heads, seed=2 * fold + i) for i in range(2))
        model = CombinedModel(residual, TransformationModel(bias, Regression(), Regression()))
        save_model(folder / f"model_{fold}.safetensors", model)


def write_lists(folder, genome, table, rng):
    """Tested windows as BED, peaks as narrowPeak, and a variant in each tested window."""
    tested = table.of(split="test")
    peaks = tested.of(kind="peak")
    with (folder / "regions.bed").open("w") as out:
        out.writelines(f"{c}\t{s}\t{e}\t{n}\n" for c, s, e, n in _columns(tested, "chrom", "start", "end", "name"))
    with (folder / "peaks.narrowPeak").open("w") as out:
        for chrom, start, end, name in _columns(peaks, "chrom", "start", "end", "name"):
            out.write(f"{chrom}\t{start}\t{end}\t{name}\t0\t.\t1\t1\t1\t{(end - start) // 2}\n")
    shift = rng.integers(0, table.end[0] - table.start[0], len(tested))
    at = genome.positions(tested.chrom.tolist(), tested.start) + shift
    with (folder / "variants.vcf").open("w") as out:
        out.write("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        rows = zip(tested.chrom.tolist(), (tested.start + shift).tolist(), genome.codes[at].tolist(), strict=True)
        out.writelines(f"{c}\t{p + 1}\t.\t{'ACGT'[b]}\t{'ACGT'[b - 1]}\t.\t.\t.\n" for c, p, b in rows)


def _columns(regions, *names):
    return zip(*(getattr(regions, name).tolist() for name in names), strict=True)


def write_contributions(folder, table, length, rng):
    """Contributions of peaks and a shuffle of each, in four shards: noise, and the motif in the windows' middle."""
    from cisgrammar.discover.attribution_files import Attributions, write_attributions
    from cisgrammar.sequence.alphabet import encode

    peaks = table.of(kind="peak", split="test")
    letters, middle = encode(MOTIF), length // 2
    width = len(letters)
    for shard, mine in enumerate(np.array_split(np.arange(len(peaks)), 4)):
        number = len(mine)
        codes = rng.integers(0, 4, (2 * number, length), dtype=np.uint8)
        values = (1e-3 * rng.laplace(size=(2 * number, 4, length))).astype(np.float16)
        codes[:number, middle : middle + width] = letters
        values[:number, letters, np.arange(middle, middle + width)] += np.float16(8e-3)
        held = np.tile(np.arange(number) % 3 == 0, 2)
        windows = Attributions(
            chrom=np.tile(peaks.chrom[mine], 2),
            start=np.tile(peaks.start[mine], 2),
            shuffled=np.arange(2 * number) >= number,
            held_out=held,
            seen=~held[:, None],
            codes=codes,
            hypothetical={"counts": values},
            spread={"counts": np.zeros(codes.shape, dtype=np.float16)},
        )
        write_attributions(folder / f"contributions_{shard}.h5", windows)


if __name__ == "__main__":
    main()
