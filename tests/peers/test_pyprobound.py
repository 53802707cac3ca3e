"""Parity with numbers that PyProBound 1.5 computed in float64; every size is read from the file.

A few cases are in the repository, the full set is where CISGRAMMAR_GOLDEN is.
"""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
import torch

from cisgrammar.binding.compat import PSAM, Conv1d, Cooperativity, CountTable, Mode, NonSpecific, Spacing
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.rounds import (
    BoundRound,
    BoundUnsaturatedRound,
    ExponentialRound,
    InitialRound,
    RhoGammaRound,
    Round,
    UnboundRound,
)
from cisgrammar.binding.likelihood.likelihood import Penalty, log_likelihood, penalty, poisson_constant
from cisgrammar.binding.reads.alphabet import DNA
from cisgrammar.binding.reads.count_table import Flanks
from places import GOLDEN, REDUCED_GOLDEN

TOLERANCE = 1e-9
SETS = {
    name: folder / "pyprobound.npz"
    for name, folder in (("reduced", REDUCED_GOLDEN), ("full", GOLDEN))
    if name == "reduced" or folder.exists()
}

pytestmark = pytest.mark.peers


@cache
def archive(which: str) -> dict[str, np.ndarray]:
    with np.load(SETS[which]) as content:
        return {key: content[key] for key in content.files}


def case(name: str) -> dict:
    """Arrays of a case that `cases` names, `<set>:<group>/<case>`, with those of its table's config as `table`."""
    which, key = name.split(":")
    numbers = archive(which)
    found = {k.removeprefix(key + "/"): v for k, v in numbers.items() if k.startswith(key + "/")}
    if "config" in found:
        found["config"] = json.loads(str(found["config"]))
        table = numbers.get(f"tables/{found['config'].get('table')}/config")
        found["table"] = None if table is None else json.loads(str(table))
    return found


def cases(group: str) -> list[str]:
    return sorted(
        {
            f"{which}:{'/'.join(key.split('/')[:2])}"
            for which in SETS
            for key in archive(which)
            if key.startswith(group + "/")
        }
    )


def close(got, wanted) -> None:
    got = got.detach().numpy() if isinstance(got, torch.Tensor) else np.asarray(got)
    wanted = np.asarray(wanted)
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=TOLERANCE, atol=TOLERANCE)


def close_where_known(got: torch.Tensor, wanted) -> None:
    """Gradients: the reference's are NaN for reads with pads; ours must be numbers, and agree elsewhere."""
    assert torch.isfinite(got).all()
    close(torch.where(torch.isnan(torch.as_tensor(wanted)), torch.nan, got), wanted)


def codes(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array.astype(np.uint8))


@pytest.fixture(autouse=True)
def _double():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def set_betas(psam: PSAM, wanted: dict) -> None:
    if "beta_keys" in wanted:
        psam.load_beta_items(dict(zip(map(str, wanted["beta_keys"]), map(float, wanted["beta_vals"]), strict=True)))
    else:
        psam.betas.data = torch.from_numpy(wanted["betas"])


@pytest.mark.parametrize("name", cases("alphabet"))
def test_alphabet_codes_and_rows(name: str) -> None:
    wanted = case(name)
    assert DNA.codes == wanted["config"]
    close(DNA.embedding(), wanted["embedding"])


def _read_and_flanks(table: dict) -> tuple[list[str], Flanks]:
    strings = [str(s) for s in table["strings"]]
    rows = [DNA.decode(row).rstrip(" ") for row in table["seqs"]]
    if len(strings) != len(rows):
        return rows, Flanks()
    at = [row.replace("*", "").find(s) for row, s in zip(rows, strings, strict=True)]
    left = rows[0][: at[0]]
    longest = max(range(len(rows)), key=lambda i: len(strings[i]))
    return strings, Flanks(left, rows[longest][len(left) + len(strings[longest]) :])


@pytest.mark.parametrize("name", cases("tables"))
def test_tables(name: str) -> None:
    wanted = case(name)
    config = wanted["config"]
    reads, flanks = _read_and_flanks(wanted)
    table = CountTable.from_strings(reads, wanted["target"], flanks, wildcard_pad="wildcard" in name)
    assert (table.codes() == wanted["seqs"]).all()
    assert (table.alphabet.pad, table.alphabet.wildcard, table.alphabet.zero) == (
        config["neginf_pad"],
        config["wildcard_pad"],
        config["zero_pad"],
    )
    lengths = (table.input_shape, table.min_read_length, table.max_read_length)
    assert lengths == (config["input_shape"], config["min_read_length"], config["max_read_length"])


def _conv1d(wanted: dict, **settings) -> Conv1d:
    config, seqs = wanted["config"], wanted["seqs"]
    psam = PSAM(
        config["k"],
        symmetry=config.get("symmetry"),
        pairwise_distance=config["pairwise"],
        dilation=config["dilation"],
        score_reverse=config["score_reverse"],
        gauge="centred" if config.get("psam_normalize") else "free",
    )
    set_betas(psam, wanted)
    psam.bias.data.fill_(config.get("psam_bias", 0.0))
    lengths = (seqs != DNA.pad).sum(1)
    low = wanted["table"]["min_read_length"] if wanted["table"] else int(lengths.min())
    layer = Conv1d(
        psam,
        seqs.shape[1],
        low,
        seqs.shape[1],
        train_posbias=True,
        bias_mode=config["bias_mode"],
        bias_bin=config["bias_bin"],
        length_specific_bias=config["length_specific_bias"],
        normalize=config["normalize"],
        **settings,
    )
    assert tuple(layer.log_posbias.shape) == wanted["log_posbias"].shape
    layer.log_posbias.data = torch.from_numpy(wanted["log_posbias"])
    return layer


@pytest.mark.parametrize("name", cases("conv1d"))
def test_conv1d(name: str) -> None:
    wanted = case(name)
    layer = _conv1d(wanted)
    seqs = codes(wanted["seqs"])
    for distance in range(layer.psam.pairwise_distance + 1):
        close(layer.psam.get_filter(distance), wanted[f"filter{distance}"])
    bias = layer.get_log_posbias()
    # With one bias for all channels the reference leaves the channels to broadcasting.
    close(bias, np.broadcast_to(wanted["posbias_full"], bias.shape))
    close(layer.lengths(seqs), wanted["lengths"])
    for score in (layer.score_banded, layer.score_dense, layer.score_onehot, _conv1d(wanted, unfold=True)):
        close(score(seqs), wanted["out"])
    mode = Mode(layer)
    score = mode(seqs)
    close(score, wanted["mode_forward"])
    score.sum().backward()
    close(layer.log_posbias.grad, wanted["grad_log_posbias"])
    if "grad_betas" in wanted:
        close(layer.psam.betas.grad, wanted["grad_betas"])


@pytest.mark.parametrize("name", [n for n in cases("update") if "flank" not in n])
def test_update_of_the_footprint(name: str) -> None:
    wanted = case(name)
    config, seqs = wanted["config"], codes(wanted["seqs"])
    psam = PSAM(len(wanted["betas_before"]))
    psam.betas.data = torch.from_numpy(wanted["betas_before"])
    shape = wanted["log_posbias_before"].shape
    low = seqs.shape[1] - shape[0] + 1
    layer = Conv1d(psam, seqs.shape[1], low, seqs.shape[1], True, bias_bin=config["bias_bin"])
    assert tuple(layer.log_posbias.shape) == shape
    layer.log_posbias.data = torch.from_numpy(wanted["log_posbias_before"])
    psam.update_footprint(config["left"], config["right"])
    layer.update_windows(config["left"], config["right"])
    assert list(psam.symmetry) == wanted["symmetry_after"].tolist()
    close(psam.get_filter(0)[0].T, wanted["betas_after"])
    close(layer.log_posbias, wanted["log_posbias_after"])
    close(layer(seqs), wanted["out"])


@pytest.mark.parametrize("name", [n for n in cases("update") if "flank" in n])
def test_update_of_the_flanks(name: str) -> None:
    wanted = case(name)
    config, width = wanted["config"], wanted["seqs_before"].shape[1]
    psam = PSAM(len(wanted["betas"]))
    psam.betas.data = torch.from_numpy(wanted["betas"])
    layer = Conv1d(psam, width, width, width, True, bias_bin=config["bias_bin"])
    layer.log_posbias.data = torch.from_numpy(wanted["log_posbias_before"])
    layer.update_input_length(config["left_shift"], config["right_shift"])
    close(layer.log_posbias, wanted["log_posbias_after"])
    close(layer(codes(wanted["seqs"])), wanted["out"])


@pytest.mark.parametrize("name", cases("nonspecific"))
def test_nonspecific(name: str) -> None:
    wanted = case(name)
    config, seqs = wanted["config"], wanted["seqs"]
    layer = NonSpecific(
        config["min_read_length"], seqs.shape[1], ignore_length=config["ignore_length"], train_posbias=True
    )
    assert tuple(layer.log_posbias.shape) == wanted["log_posbias"].shape
    layer.log_posbias.data = torch.from_numpy(wanted["log_posbias"])
    close(layer(codes(seqs)), wanted["forward"])


def _mode(wanted: dict, which: str, config: dict, low: int) -> Mode:
    width = wanted["seqs"].shape[1]
    strands = wanted[f"windows_{which}"].shape[1]
    psam = PSAM(len(wanted[f"betas_{which}"]), score_reverse=strands == 2)
    psam.betas.data = torch.from_numpy(wanted[f"betas_{which}"])
    layer = Conv1d(psam, width, low, width, train_posbias=True)
    bias = wanted[f"mode_{which}_log_posbias"]
    if bias.shape[0] == 1:
        layer = Conv1d(psam, width, low, width, train_posbias=True, length_specific_bias=False)
    assert tuple(layer.log_posbias.shape) == bias.shape
    layer.log_posbias.data = torch.from_numpy(bias)
    return Mode(layer)


def _cooperativity(wanted: dict) -> Cooperativity:
    config = wanted["config"]
    low = wanted["table"]["min_read_length"]
    mode_a = _mode(wanted, "a", config, low)
    mode_b = mode_a if config.get("same_mode") else _mode(wanted, "b", config, low)
    spacing = Spacing(
        mode_a.key(),
        mode_b.key(),
        score_same=config.get("score_same", True),
        score_reverse=config.get("score_reverse", True),
        score_mode=config.get("score_mode", "both"),
        max_overlap=config["max_overlap"],
        max_spacing=config["max_spacing"],
        normalize=config.get("spacing_normalize", False),
    )
    spacing.grow((wanted["log_spacing_param"].shape[1] + 1) // 2)
    spacing.log_spacing.data = torch.from_numpy(wanted["log_spacing_param"])
    layer = Cooperativity(
        spacing,
        mode_a,
        mode_b,
        train_hill=True,
        train_posbias=config["posbias"],
        bias_mode=config.get("bias_mode", "strand"),
        bias_bin=config.get("bias_bin", 1),
        length_specific_bias=config.get("length_specific_bias", True),
        normalize=config.get("normalize", False),
    )
    layer.log_hill.data.fill_(float(wanted["log_hill"]))
    shapes = [tuple(int(n) for n in shape) for shape in wanted["log_posbias_shapes"]]
    assert [tuple(d.shape) for d in layer.log_posbias] == shapes
    parts = np.split(wanted["log_posbias_flat"], np.cumsum([int(np.prod(s)) for s in shapes])[:-1])
    flat = np.concatenate([part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)], axis=-1)
    layer.flat_posbias.data = torch.from_numpy(flat)
    return layer


@pytest.mark.parametrize("name", cases("coop"))
def test_cooperativity(name: str) -> None:
    wanted = case(name)
    layer = _cooperativity(wanted)
    seqs = codes(wanted["seqs"])
    close(layer.mode_a.score_windows(seqs), wanted["windows_a"])
    close(layer.mode_b.score_windows(seqs), wanted["windows_b"])
    assert list(layer.n_windows) == wanted["n_windows"].tolist()
    close(layer.get_log_spacing(), wanted["log_spacing_full"])
    matrix = layer.get_log_spacing_matrix()
    assert list(matrix.shape) == wanted["matrix_shape"].tolist()
    lo = tuple(min(int(n), size - 1) for n, size in zip(wanted["lo"], matrix.shape, strict=False))
    close(matrix[-1, -1], wanted["matrix_longest"])
    close(matrix[lo], wanted["matrix_shortest"])
    diagonals = layer.get_log_spacing_diagonals()
    assert [list(d.shape) for d in diagonals] == wanted["diagonal_shapes"].tolist()
    close(torch.cat([d[-1, -1].flatten() for d in diagonals]), wanted["diagonals_longest_flat"])
    lo = tuple(min(int(n), size - 1) for n, size in zip(wanted["lo"], diagonals[0].shape, strict=False))
    close(torch.cat([d[lo].flatten() for d in diagonals]), wanted["diagonals_shortest_flat"])
    first = wanted["score_windows_first3"]
    close(layer.score_windows(seqs)[: len(first)], first)
    score = layer(seqs)
    close(score, wanted["forward"])
    score.sum().backward()
    close_where_known(layer.spacing.log_spacing.grad, wanted["grad_log_spacing"])
    close_where_known(layer.log_hill.grad, wanted["grad_log_hill"])
    close_where_known(layer.mode_a.psam.betas.grad, wanted["grad_betas_a"])
    if "grad_betas_b" in wanted:
        close_where_known(layer.mode_b.psam.betas.grad, wanted["grad_betas_b"])


def _round(kind: str, wanted: dict, squares: float) -> Round:
    """The round of a loss case; exponents and leak are worked out from its numbers."""
    if kind == "RhoGammaRound":
        log_z = wanted["log_aggregate"]
        design = np.stack([log_z, np.logaddexp(0, log_z)], axis=1)
        rho, gamma = np.linalg.lstsq(design, wanted["log_enrichment"], rcond=None)[0]
        return RhoGammaRound(0, rho=round(float(rho), 6), gamma=round(float(gamma), 6))
    if kind == "ExponentialRound":
        return ExponentialRound(0, delta=-round((wanted["config"]["reg_l2"] / 0.01 - squares) ** 0.5, 6))
    return {"BoundRound": BoundRound, "BoundUnsaturatedRound": BoundUnsaturatedRound, "UnboundRound": UnboundRound}[
        kind
    ](0)


@pytest.mark.parametrize("name", cases("loss"))
def test_loss(name: str) -> None:
    wanted = case(name)
    config, width = wanted["config"], wanted["seqs"].shape[1]
    psam = PSAM(len(wanted["betas"]))
    psam.betas.data = torch.from_numpy(wanted["betas"])
    mode = Mode(Conv1d(psam, width, width, width, train_posbias=True))
    mode.layer.log_posbias.data = torch.from_numpy(wanted["log_posbias"])
    squares = sum(float((wanted[k] ** 2).sum()) for k in ("betas", "log_posbias", "log_activity", "log_depth"))
    last = _round(name.split("/")[1], wanted, squares)
    experiment = Experiment([NonSpecific(width, width), mode], [InitialRound(), last])
    experiment.log_activity.data = torch.from_numpy(wanted["log_activity"])[:, None]
    experiment.log_depth.data = torch.from_numpy(wanted["log_depth"])
    seqs, counts = codes(wanted["seqs"]), torch.from_numpy(wanted["target"])
    log_z = experiment.log_aggregate(seqs)
    close(log_z[:, 0], wanted["log_aggregate"])
    close(last.log_enrichment(log_z[:, 0]), wanted["log_enrichment"])
    log_share = experiment(seqs)
    close(log_share, wanted["log_prob"])
    total = counts.sum()
    nll = -log_likelihood(log_share, counts) / total
    close(nll, config["nll_default"])
    close(nll - poisson_constant(counts) / total, config["nll_full"])
    for setting, which in (
        (Penalty(), "default"),
        (Penalty(l2=1e-2), "l2"),
        (Penalty(l1=1e-2), "l1"),
        (Penalty(pseudocount=20), "pseudo"),
        (Penalty(l2=1e-2, exclude=("log_posbias",)), "excl"),
    ):
        close(penalty(experiment, setting, float(total)), config[f"reg_{which}"])
    (nll + penalty(experiment, Penalty(), float(total))).backward()
    close(psam.betas.grad, wanted["grad_betas"])
    close(mode.layer.log_posbias.grad, wanted["grad_log_posbias"])
    close(experiment.log_activity.grad[:, 0], wanted["grad_log_activity"])
    close(experiment.log_depth.grad[1], wanted["grad_log_depth"])
