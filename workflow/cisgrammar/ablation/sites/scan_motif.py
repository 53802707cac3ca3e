"""Motifs that sites are searched with: shares of bases and scores, from a MEME file, a consensus or a binding model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.export import probabilities, read_json, read_meme
from cisgrammar.files.atomic import write_json
from cisgrammar.sequence.alphabet import BASES

Source = Literal["binding", "motifs", "consensus", "annotations"]
_ALLOWED = {
    **{base: base for base in BASES},
    **{"R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC"},
    **{"B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": BASES},
}
_PSEUDO = 1e-3


@dataclass(frozen=True, eq=False)
class ScanMotif:
    """A motif.

    Attributes
    ----------
    name
        Its name.
    source
        Where it comes from.
    shares
        `(width, 4)` probabilities of A C G T.
    scores
        `(width, 4)` in nats, best base of each position 0; -inf for a base that a consensus forbids.
    decoy_of
        Name of the motif that it is a decoy of; empty for a motif.
    log_affinity
        Of a binding model: ln of its best sequence's affinity over the mean of random sequence; nan for others.
    """

    name: str
    source: Source
    shares: NDArray[np.float64]
    scores: NDArray[np.float64]
    decoy_of: str = ""
    log_affinity: float = np.nan

    @property
    def width(self) -> int:
        """Bases."""
        return len(self.shares)

    @property
    def exact(self) -> bool:
        """Whether a site is an exact match, not a score above a bar."""
        return bool(np.isneginf(self.scores).any())

    @property
    def consensus(self) -> str:
        """The likeliest base of each position, N where none is likelier than the others."""
        flat = np.ptp(self.shares, axis=1) < 1e-6
        return "".join("N" if f else BASES[i] for i, f in zip(self.shares.argmax(1), flat, strict=True))

    @property
    def information(self) -> float:
        """Bits over an even background, all positions together."""
        return float((self.shares * np.log2(np.maximum(self.shares, 1e-12) / 0.25)).sum())

    def reordered(self, order: NDArray[np.int64], name: str) -> ScanMotif:
        """The positions in another order, as a decoy."""
        return ScanMotif(name, self.source, self.shares[order], self.scores[order], self.name)


def from_consensus(name: str, consensus: str) -> ScanMotif:
    """A motif whose sites are exact matches of IUPAC letters."""
    unknown = [letter for letter in consensus.upper() if letter not in _ALLOWED]
    if unknown or not consensus:
        raise ValueError(f"consensus {name}: wanted IUPAC letters, got {consensus!r}")
    allowed = np.array([[base in _ALLOWED[letter] for base in BASES] for letter in consensus.upper()])
    with np.errstate(divide="ignore"):
        return ScanMotif(name, "consensus", allowed / allowed.sum(1, keepdims=True), np.log(allowed * 1.0))


def from_shares(name: str, shares: NDArray[np.float64], source: Source = "motifs") -> ScanMotif:
    """A motif of base shares `(width, 4)`; scores are log shares, relative to the best base of the position."""
    padded = shares / shares.sum(1, keepdims=True) + _PSEUDO
    log_shares = np.log(padded / padded.sum(1, keepdims=True))
    return ScanMotif(name, source, np.exp(log_shares), log_shares - log_shares.max(1, keepdims=True))


def from_betas(name: str, betas: NDArray[np.float64]) -> ScanMotif:
    """A motif of a binding model's scores `(width, 4)`, -ddG/RT."""
    affinity = float((betas.max(1) - np.log(np.exp(betas).mean(1))).sum())
    return ScanMotif(name, "binding", probabilities(betas), betas - betas.max(1, keepdims=True), log_affinity=affinity)


def gather_motifs(
    consensus: Mapping[str, str], meme: str | Path | None = None, models: Sequence[str | Path] = ()
) -> dict[str, ScanMotif]:
    """All motifs of a run by name.

    Parameters
    ----------
    consensus
        Name -> IUPAC letters.
    meme
        MEME file, or None.
    models
        `model.json` files of the binding stage.

    Raises
    ------
    ValueError
        If two sources name a motif alike.
    """
    found = [from_consensus(name, letters) for name, letters in consensus.items()]
    if meme is not None:
        found += [from_shares(name, shares) for name, shares in read_meme(meme).items()]
    for path in models:
        found += [from_betas(name, betas) for name, betas in read_json(path).items()]
    names = [motif.name for motif in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        sources = ", ".join(motif.source for motif in found if motif.name == twice[0])
        raise ValueError(f"motif {twice[0]} is given twice ({sources}); give each name once")
    return {motif.name: motif for motif in found}


def write_motifs(path: str | Path, motifs: Mapping[str, ScanMotif]) -> None:
    """Write motifs and decoys as JSON."""
    write_json(path, {"format": "cisgrammar.ablation.motifs", "motifs": [_plain(motif) for motif in motifs.values()]})


def _plain(motif: ScanMotif) -> dict[str, Any]:
    return {
        "name": motif.name,
        "source": motif.source,
        "decoy_of": motif.decoy_of,
        "consensus": motif.consensus,
        "log_affinity": None if np.isnan(motif.log_affinity) else round(motif.log_affinity, 6),
        "shares": motif.shares.round(6).tolist(),
        "scores": [[None if np.isneginf(s) else round(s, 6) for s in row] for row in motif.scores.tolist()],
    }


def read_motifs(path: str | Path) -> dict[str, ScanMotif]:
    """Read motifs that `write_motifs` wrote."""
    content = json.loads(Path(path).read_text())
    if content.get("format") != "cisgrammar.ablation.motifs":
        raise ValueError(f"{path}: not a file of motifs; delete it and run the ablation stage again")
    found = {}
    for entry in content["motifs"]:
        scores = np.array([[-np.inf if s is None else s for s in row] for row in entry["scores"]])
        affinity = np.nan if entry["log_affinity"] is None else entry["log_affinity"]
        shares = np.array(entry["shares"])
        found[entry["name"]] = ScanMotif(entry["name"], entry["source"], shares, scores, entry["decoy_of"], affinity)
    return found
