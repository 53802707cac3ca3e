"""A fitted binding model as one object: affinities of sequences, sites in a genome, logos."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logsumexp

from cisgrammar.api.sequences import genome_of
from cisgrammar.binding.evaluate.patterns import motif_patterns, supported_patterns
from cisgrammar.binding.export import fitted_motifs
from cisgrammar.binding.model_file import load_binding
from cisgrammar.files.atomic import write_text
from cisgrammar.motifs.logo import letter_symbols, svg_logos
from cisgrammar.motifs.motif import Motif
from cisgrammar.motifs.pattern import Pattern
from cisgrammar.motifs.scan import background_of, scan, window_scores
from cisgrammar.sequence.alphabet import decode, encode, reverse_complement
from cisgrammar.sequence.fasta import Genome
from cisgrammar.tables.contracts.binding import SPACING

_SITE = ("chrom", "start", "end", "motif", "strand", "log_affinity", "p_value", "sequence")
_STYLE = ".base-A{fill:#009E73}.base-C{fill:#0072B2}.base-G{fill:#E69F00}.base-T{fill:#D55E00}"


class BindingModel:
    """A binding model of one or several factors.

    Attributes
    ----------
    path
        Its file.
    loaded
        Experiments, matrices and spacings, as `load_binding` gives them.
    motifs
        Motif name -> `Motif`.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.loaded = load_binding(path)
        self.motifs: dict[str, Motif] = fitted_motifs(self.loaded.motifs)
        self._patterns: dict[str, Pattern] = motif_patterns(self.loaded.motifs)

    def __repr__(self) -> str:
        motifs = ", ".join(f"{name} {motif.consensus}" for name, motif in self.motifs.items())
        spacings = f"; pairs {', '.join(self.loaded.spacings)}" if self.loaded.spacings else ""
        libraries = ", ".join(self.loaded.experiments)
        return (
            f"BindingModel: motifs {motifs}{spacings}; libraries {libraries}; cisgrammar {self.loaded.header.version}"
        )

    def score(self, sequences: str | Iterable[str]) -> pd.DataFrame:
        """Ln affinity of sequences for each motif, relative to a single site of its best sequence.

        Parameters
        ----------
        sequences
            Letters, of any lengths. Windows with an N are left out.

        Returns
        -------
        DataFrame
            A row for each sequence, a column for each motif: ln of the sum of affinities over all windows and both
            strands; -inf where no window is left. Cooperativity of pairs is not in it. Scores are rounded to a
            thousandth of a nat at each position, as `scan` does.
        """
        if not isinstance(sequences, Iterable):
            raise ValueError(f"got {sequences!r}; wanted a string of letters, or a list of them")
        listed = [sequences] if isinstance(sequences, str) else list(sequences)
        if odd := next((each for each in listed if not isinstance(each, str)), None):
            raise ValueError(f"got {odd!r} among the sequences; wanted strings of letters")
        rows = [
            {name: _log_affinity(encode(letters), one) for name, one in self._patterns.items()} for letters in listed
        ]
        return pd.DataFrame(rows, columns=list(self._patterns), dtype=float)

    def scan(self, fasta: str | Path | Genome, p_value: float = 1e-4, pairs: bool = False) -> pd.DataFrame:
        """Sites of the motifs in a genome, or of pairs of them at the spacings that the reads support.

        Parameters
        ----------
        fasta
            The genome: a path or a `Genome`.
        p_value
            Greatest chance that random sequence scores as much, of one window on one strand.
        pairs
            Pairs instead of single motifs: `a:b:offset:strands` for each spacing whose interval of ln omega lies above
            0 in `spacing.tsv` beside the model. Their affinity is relative to the best sequence of the best spacing.

        Returns
        -------
        DataFrame
            chrom, start, end (0-based, half-open), motif, strand, log_affinity (nats, 0 for the best sequence), p_value
            and sequence (on the site's strand), in the order of the genome for each motif.

        Raises
        ------
        ValueError
            No genome, a P-value outside of 0 to 1, or `pairs` of a model without spacings.
        """
        genome = genome_of(fasta)
        if genome is None:
            raise ValueError("no genome; wanted the path of a FASTA or a Genome")
        background = background_of(genome)
        patterns = self._pairs() if pairs else self._patterns
        found = [_sites(genome, name, one, p_value, background) for name, one in patterns.items()]
        return pd.concat(found or [pd.DataFrame(columns=_SITE)], ignore_index=True)

    def _pairs(self) -> dict[str, Pattern]:
        """The pairs at the spacings that the reads support."""
        if not self.loaded.spacings:
            raise ValueError(f"{self.path}: a model without pairs; fit one with binding.models.<name>.cooperativity")
        table = self.path.parent / "spacing.tsv"
        if not table.is_file():
            raise ValueError(f"{table}: no such file; pairs are scanned at the spacings that it supports")
        return supported_patterns(
            {name: each.psams for name, each in self.loaded.spacings.items()}, SPACING.read(table)
        )

    def logo(self, motif: str | None = None) -> Logo:
        """The logo of a motif; of the only one if none is named."""
        if motif is None and len(self.motifs) == 1:
            motif = next(iter(self.motifs))
        if motif not in self.motifs:
            raise ValueError(f"got the motif {motif!r}; wanted one of {', '.join(self.motifs)}")
        return Logo(self.motifs[motif])


class Logo:
    """A motif's logo as SVG: a notebook shows it, `save` writes it."""

    def __init__(self, motif: Motif) -> None:
        self.motif = motif

    def __repr__(self) -> str:
        return f"Logo of {self.motif.name} {self.motif.consensus}"

    def _repr_html_(self) -> str:
        return f"<style>{_STYLE}</style>{letter_symbols()}{svg_logos({self.motif.name: self.motif})[self.motif.name]}"

    def save(self, path: str | Path) -> None:
        """Write a page with the logo alone."""
        write_text(
            Path(path), f"<!doctype html><meta charset=utf-8><title>{self.motif.name}</title>{self._repr_html_()}\n"
        )


def _log_affinity(codes: NDArray[np.uint8], one: Pattern) -> float:
    """Ln of the sum of affinities over windows and both strands."""
    both = np.concatenate([window_scores(codes, strand) for strand in (one, one.reversed())])
    return float(logsumexp(both)) if np.isfinite(both).any() else -np.inf


def _sites(genome: Genome, name: str, one: Pattern, p_value: float, background: NDArray[np.float64]) -> pd.DataFrame:
    hits = scan(genome, one, p_value, background)
    chrom = np.searchsorted(genome.offsets, hits.position, side="right") - 1
    start = hits.position - genome.offsets[chrom]
    letters = [decode(_word(genome, at, one.span, back)) for at, back in zip(hits.position, hits.reverse, strict=True)]
    return pd.DataFrame(
        {
            "chrom": np.asarray(genome.names, dtype=object)[chrom],
            "start": start,
            "end": start + one.span,
            "motif": name,
            "strand": np.where(hits.reverse, "-", "+"),
            "log_affinity": hits.log_affinity,
            "p_value": hits.p_value,
            "sequence": letters,
        }
    )


def _word(genome: Genome, position: int, span: int, reverse: bool) -> NDArray[np.uint8]:
    codes = np.asarray(genome.codes[position : position + span])
    return reverse_complement(codes) if reverse else codes
