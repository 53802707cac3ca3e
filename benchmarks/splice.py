"""Time and memory of calibrating a splice model, beside its forward pass alone and frame-alignment-checks' own call.

    python benchmarks/splice.py [genes] [repeats]

Genes are those of frame-alignment-checks 0.0.74 where it is installed, else random ones. Each way runs in a process of
its own, in turns; OMP_NUM_THREADS threads, 2 unless it says otherwise. The model is local, two stacks of a wide
convolution and five 1x1 of 100 channels, of 113,400 multiplications a base.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time

import numpy as np

WAYS = ("forward", "accuracy and thresholds", "calibrate, 1,000 draws", "reference", "whole genes")
CONTEXT = 100


def local_model():
    import torch
    from torch import nn

    class Local(nn.Module):
        """Logit of a site from the bases beside it, channels last; takes integers too, which the reference feeds."""

        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.stacks = nn.ModuleList(self.stack(width) for width in (23, 9))
            self.reach = ((20, 2), (2, 6))

        @staticmethod
        def stack(width: int) -> nn.Sequential:
            layers = [nn.Conv1d(4, 100, width), nn.ReLU()]
            for _ in range(5):
                layers += [nn.Conv1d(100, 100, 1), nn.ReLU()]
            return nn.Sequential(*layers, nn.Conv1d(100, 1, 1))

        def forward(self, x):
            x, half = x.float().transpose(1, 2), CONTEXT // 2
            parts = [
                30 * stack(x[:, :, half - before : x.shape[2] - half + after])
                for stack, (before, after) in zip(self.stacks, self.reach, strict=True)
            ]
            return torch.cat([torch.zeros_like(parts[0]), *parts], 1).transpose(1, 2)

    return Local()


def load_genes(number: int):
    from cisgrammar.splice.genes.gene_set import gene_set

    try:
        from frame_alignment_checks.load_data import load_long_canonical_internal_coding_exons, load_validation_gene
    except ImportError:
        rng, found = np.random.default_rng(0), []
        for length in rng.integers(1_000, 200_000, number):
            labels = np.zeros(length, dtype=np.uint8)
            labels[rng.choice(length, 20, replace=False)] = np.repeat([1, 2], 10)
            found.append((rng.integers(0, 4, length).astype(np.uint8), labels))
        return gene_set(found)
    found = []
    for index in sorted({int(exon.gene_idx) for exon in load_long_canonical_internal_coding_exons()})[:number]:
        x, y = load_validation_gene(index)
        found.append((np.where(x.any(1), x.argmax(1), 4).astype(np.uint8), y.argmax(1).astype(np.uint8)))
    return gene_set(found)


def forward_alone(m, genes) -> None:
    """The same tiles through the model, their output dropped."""
    import torch

    from cisgrammar.splice.models.model import as_one_hot
    from cisgrammar.splice.predict import Tiling, plan_tiles

    tiles, half = plan_tiles(genes.lengths, Tiling().tile_of(m)), m.model_cl // 2
    with torch.inference_mode():
        for gene, start, stop in zip(*(part.tolist() for part in tiles), strict=True):
            m.model(as_one_hot(torch.from_numpy(genes.window(gene, start - half, stop + half))[None], m))


def whole_genes(m, genes) -> None:
    import torch

    from cisgrammar.splice.models.model import as_one_hot

    half = m.model_cl // 2
    with torch.inference_mode():
        for gene, length in enumerate(genes.lengths.tolist()):
            m.model(as_one_hot(torch.from_numpy(genes.window(gene, -half, length + half))[None], m))


def measure(way: str, number: int) -> dict[str, float]:
    import torch

    from cisgrammar.splice.calibration.calibrate import calibrate
    from cisgrammar.splice.compat.models import calibration_accuracy_and_thresholds
    from cisgrammar.splice.models.model import ModelToAnalyze
    from cisgrammar.statistics.bootstrap import Bootstrap

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    model = local_model().eval()
    genes = load_genes(number)
    m = ModelToAnalyze(model, CONTEXT, CONTEXT)
    found, start, cpu = None, time.perf_counter(), time.process_time()
    if way == "forward":
        forward_alone(m, genes)
    elif way == "whole genes":
        whole_genes(m, genes)
    elif way == "accuracy and thresholds":
        found = calibration_accuracy_and_thresholds(model, CONTEXT, genes=genes)
    elif way == "reference":
        import frame_alignment_checks as fac

        found = fac.models.calibration_accuracy_and_thresholds.function(model, CONTEXT, limit=number)
    else:
        found = (None, calibrate(m, genes, bootstrap=Bootstrap(1000)).thresholds)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    values = [] if found is None else [np.asarray(part).tolist() for part in found if part is not None]
    return {"seconds": seconds, "cpu": cpu, "peak_mb": peak, "bases": int(genes.offsets[-1]), "found": values}


def main() -> None:
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    results: dict[str, list[dict]] = {way: [] for way in WAYS}
    for _ in range(repeats):
        for way in WAYS:
            command = [sys.executable, __file__, "--one", way, str(number)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode == 0:
                results[way].append(json.loads(done.stdout.splitlines()[-1]))
            elif way != "reference":
                raise SystemExit(done.stderr)
    forward, forward_cpu = (min(run[clock] for run in results["forward"]) for clock in ("seconds", "cpu"))
    for way, runs in results.items():
        if not runs:
            print(f"{way}\tnot installed")
            continue
        best = min(runs, key=lambda run: run["seconds"])
        rate, cpu = best["bases"] / best["seconds"], min(run["cpu"] for run in runs)
        print(
            f"{way}\t{best['seconds']:.2f} s\t{rate:,.0f} nt/s\t{best['seconds'] / forward:.2f} x forward\t"
            f"cpu {cpu:.2f} s, {cpu / forward_cpu:.2f} x forward\tpeak {best['peak_mb']:.0f} MB\t{best['found']}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]))))
    else:
        main()
