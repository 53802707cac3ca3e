"""The sheet of SELEX libraries: one row per library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from cisgrammar.config.fields import ConfigError, FolderName, Section, expand_paths
from cisgrammar.config.read.sheet import read_sheet, row_faults
from cisgrammar.iupac import BASES


def _bases(text: str) -> str:
    return ",".join(_checked(part.strip()) for part in text.split(","))


def _checked(text: str) -> str:
    odd = sorted(set(text.upper()) - set(BASES))
    if odd:
        raise ValueError(f"wanted only the letters A, C, G and T, found {''.join(odd)}; correct the sequence")
    return text.upper()


Bases = Annotated[str, AfterValidator(_bases)]
Paths = Annotated[str, BeforeValidator(expand_paths)]
Selection = Literal["bound", "bound_unsaturated", "unbound", "rho_gamma", "exponential"]


class SelexLibrary(Section):
    """One row of selex.tsv: the rounds of one library; libraries of one model share its motifs."""

    model: FolderName = Field(
        description="model name; rows with the same name are fitted together and share their motifs"
    )
    library: FolderName = Field("library", description="library name, different for each row of a model")
    counts: Paths = Field(
        "",
        description="count table .tsv[.gz] without header: the variable region, then one column of counts per round "
        "from the initial library on; a column of zeros is a round that was not sequenced",
    )
    reads: Paths = Field(
        "",
        description="instead of `counts`: FASTQ or FASTA[.gz] of each round from the initial library on, separated by "
        "commas; nothing between two commas is a round that was not sequenced: `r0.fastq.gz,,r2.fastq.gz`",
    )
    left: Bases = Field(
        "",
        description="constant bases before the variable region; empty: for `reads`, found by their composition; "
        "where rounds differ, one for each, separated by commas as the files of `reads` are",
    )
    right: Bases = Field("", description="constant bases after the variable region; empty or several: the same")
    length: Annotated[int, Field(ge=1)] | None = Field(
        None, description="bp of the variable region; empty: the most frequent one for `reads`, any for `counts`"
    )
    barcode: Bases = Field(
        "",
        description="bases that a read of `reads` must begin with, before `left`; they are not scored; one for "
        "each round as in `left`",
    )
    selection: Selection = Field(
        "bound",
        description="what each round kept: bound reads with saturation, bound ones far from it (bound_unsaturated), "
        "unbound ones, or a law with parameters of its own (rho_gamma, exponential)",
    )

    @model_validator(mode="after")
    def _one_source(self) -> SelexLibrary:
        if bool(self.counts) == bool(self.reads):
            got = "both" if self.counts else "neither"
            raise ValueError(f"give either `counts` or `reads`, got {got}")
        if self.counts and self.barcode:
            raise ValueError("a barcode is looked for in `reads` only; leave it empty beside `counts`")
        self._check_rounds()
        if not self.reads:
            return self
        given = [path for path in self.read_paths if path]
        if len(given) < 2:
            raise ValueError(f"reads: {len(given)} sequenced round, wanted at least 2; enrichment compares rounds")
        twice = sorted({path for path in given if given.count(path) > 1})
        if twice:
            raise ValueError(f"reads: {twice[0]} is given for two rounds; give each round its own file")
        return self

    def _check_rounds(self) -> None:
        for name in ("left", "right", "barcode"):
            parts = getattr(self, name).split(",")
            if len(parts) == 1:
                continue
            if not self.reads:
                raise ValueError(f"{name}: {len(parts)} sequences, wanted one beside `counts`")
            if len(parts) != len(self.read_paths):
                raise ValueError(
                    f"{name}: {len(parts)} sequences for {len(self.read_paths)} rounds of `reads`; give one for all of "
                    "them, or one for each with commas between, as in `reads`"
                )

    def of_round(self, name: Literal["left", "right", "barcode"]) -> list[str]:
        """A constant part for each round of `reads`, in order."""
        parts = getattr(self, name).split(",")
        return parts if len(parts) > 1 else parts * len(self.read_paths)

    @property
    def read_paths(self) -> list[str]:
        """FASTQ of each round in order, empty text for a round that was not sequenced; none for a count table."""
        return [part.strip() for part in self.reads.split(",")] if self.reads else []

    @property
    def reads_of(self) -> tuple[object, ...]:
        """What tells which reads of which files are the library's."""
        return tuple(self.files), self.barcode, self.left, self.right, self.length

    @property
    def files(self) -> list[str]:
        """The files that the library is read from: its count table, or the FASTQ of its sequenced rounds."""
        return [self.counts] if self.counts else [path for path in self.read_paths if path]


def read_selex_sheet(path: str | Path) -> dict[str, list[SelexLibrary]]:
    """Read selex.tsv: model name -> its libraries in the order of the rows.

    Lines that start with # are comments. ConfigError names path, row and column of each fault, a line each.
    """
    models: dict[str, list[SelexLibrary]] = {}
    faults: list[str] = []
    for where, cells in read_sheet(path, SelexLibrary, "libraries", "library"):
        try:
            library = SelexLibrary.model_validate(cells)
        except ValidationError as error:
            faults += row_faults(where, error, SelexLibrary)
            continue
        before = models.setdefault(library.model, [])
        if library.library in {other.library for other in before}:
            faults.append(
                f"{where}: model {library.model} has library {library.library} twice; "
                "give each row a name of its own in the column library"
            )
        # Rows may share files: of several barcodes, or of one initial library.
        same = next((other.library for other in before if other.reads_of == library.reads_of), None)
        if same is not None:
            faults.append(f"{where}: the same files and constant parts as library {same}: its reads would count twice")
        before.append(library)
    if faults:
        raise ConfigError("\n".join(faults))
    return models


def check_models(named: Iterable[str], libraries: Mapping[str, list[SelexLibrary]]) -> None:
    """ConfigError if `binding.models` names a model that the sheet has no library of."""
    unknown = sorted(set(named) - set(libraries))
    if unknown:
        raise ConfigError(
            f"binding.models: no library of {', '.join(unknown)} in the sheet; it has those of {', '.join(libraries)}"
        )
