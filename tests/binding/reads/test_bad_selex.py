"""Bad SELEX input of every kind: one clear error that names the culprit and leaves no output, or a counted loss.

Rows of the sheet that contradict themselves are in `test_selex_sheet`, settings in `test_binding_section`.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from cisgrammar.binding.layers.build import build
from cisgrammar.binding.reads.count_library import count_library
from cisgrammar.config.binding import BindingModel, Motif
from cisgrammar.config.fields import ConfigError
from cisgrammar.config.selex_sheet import SelexLibrary, read_selex_sheet
from prepare_toys import run_script


class Bad(NamedTuple):
    """How sound input is spoilt, and what the one line of error must say."""

    spoil: Callable[[Path], dict[str, Any]]
    said: tuple[str, ...]


def reads(n: int = 100, seed: int = 1) -> list[str]:
    rows = np.random.default_rng(seed).choice(list("ACGT"), (n, 12))
    return [f"TGG{''.join(row)}CCAG" for row in rows]


def fastq(sequences: list[str]) -> str:
    return "".join(f"@r{i}\n{read}\n+\n{'I' * len(read)}\n" for i, read in enumerate(sequences))


def rounds(folder: Path, second: str | bytes, name: str = "r1.fastq", **row: Any) -> dict[str, Any]:
    """A library whose first round is sound and whose second is as given."""
    (folder / "r0.fastq").write_text(fastq(reads()))
    (folder / name).write_bytes(second if isinstance(second, bytes) else second.encode())
    return {"reads": f"{folder}/r0.fastq,{folder}/{name}", **row}


def table(folder: Path, text: str | bytes, name: str = "c.tsv", **row: Any) -> dict[str, Any]:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return {"counts": f"{folder}/{name}", **row}


LINES = fastq(reads(seed=2)).splitlines(keepends=True)
PACKED = gzip.compress(("".join(f"{read}\t1\t{i}\n" for i, read in enumerate(reads(3000)))).encode(), mtime=0)
KINDS = {
    "counts: one column more": Bad(
        lambda f: table(f, "ACGT\t1\t2\nACGA\t1\t2\t3\n"), ("c.tsv:2: 4 columns, wanted 3",)
    ),
    "counts: no counts at all": Bad(lambda f: table(f, "ACGT\nACGA\n"), ("c.tsv:1: 1 columns, wanted 2",)),
    "counts: a letter": Bad(lambda f: table(f, "ACGT\t1\t2\nACXT\t1\t2\n"), ("c.tsv:2: 'X' in read 'ACXT'",)),
    "counts: no read in a row": Bad(lambda f: table(f, "ACGT\t1\t2\n\t1\t2\n"), ("c.tsv:2: ",)),
    "counts: negative": Bad(lambda f: table(f, "ACGT\t1\t2\nACGA\t1\t-2\n"), ("c.tsv:2: count '-2'", ">= 0")),
    "counts: not a number": Bad(lambda f: table(f, "ACGT\t1\tx\n"), ("c.tsv:1: count 'x' in round column 2",)),
    "counts: infinite": Bad(lambda f: table(f, "ACGT\tinf\t1\n"), ("c.tsv:1: count 'inf'",)),
    "counts: empty": Bad(lambda f: table(f, ""), ("c.tsv: no read with counts",)),
    "counts: all zero": Bad(lambda f: table(f, "ACGT\t0\t0\nACGA\t0\t0\n"), ("c.tsv: no read with counts",)),
    "counts: one round": Bad(
        lambda f: table(f, "ACGT\t1\nACGA\t3\n"), ("c.tsv: 1 of 1 rounds has counts", "at least 2")
    ),
    "counts: one sequenced": Bad(lambda f: table(f, "ACGT\t0\t1\nACGA\t0\t2\n"), ("1 of 2 rounds has counts",)),
    "counts: another length": Bad(
        lambda f: table(f, "ACGT\t1\t2\nACGA\t0\t2\n", length=20), ("c.tsv: no read of 20 bp, most have 4", "length")
    ),
    "counts: truncated gzip": Bad(lambda f: table(f, PACKED[:-900], "c.tsv.gz"), ("c.tsv.gz: truncated", "copy")),
    "counts: damaged gzip": Bad(
        lambda f: table(f, PACKED[:2000] + bytes(500) + PACKED[2500:], "c.tsv.gz"), ("c.tsv.gz: damaged gzip",)
    ),
    "counts: missing": Bad(lambda f: {"counts": f"{f}/none.tsv"}, ("none.tsv: no such file",)),
    "counts: a folder": Bad(lambda f: {"counts": f"{f}"}, ("a folder; wanted a file",)),
    "reads: missing": Bad(
        lambda f: rounds(f, "") | {"reads": f"{f}/r0.fastq,{f}/r9.fastq"}, ("r9.fastq: no such file",)
    ),
    "reads: empty round": Bad(lambda f: rounds(f, ""), ("r1.fastq: no reads", "leave the round's place empty")),
    "reads: empty gzip": Bad(lambda f: rounds(f, gzip.compress(b""), "r1.fastq.gz"), ("r1.fastq.gz: no reads",)),
    "reads: truncated gzip": Bad(
        lambda f: rounds(f, gzip.compress(fastq(reads(3000)).encode())[:-50], "r1.fq.gz"), ("r1.fq.gz: truncated",)
    ),
    "reads: cut after the read": Bad(lambda f: rounds(f, "".join(LINES[:6])), ("r1.fastq:5: ", "cut short")),
    "reads: cut in the quality": Bad(
        lambda f: rounds(f, "".join(LINES)[:-9]), (f"r1.fastq:{len(LINES)}: ", "quality is as long as the read")
    ),
    "reads: quality too long": Bad(
        lambda f: rounds(f, "".join([*LINES[:7], "I" * 30 + "\n", *LINES[8:]])), ("r1.fastq:8: ", "quality is as long")
    ),
    "reads: a letter in FASTA": Bad(
        lambda f: rounds(f, ">r0\nACGT\n>r1\nAC*T\n"), ("r1.fastq:3: ", "A, C, G, T and N")
    ),
    "reads: more than a line each": Bad(
        lambda f: rounds(f, "@r0\nACGT\nACGT\n+\nIIII\nIIII\n@r1\nACGT\n"), ("r1.fastq:3: got 'ACGT'", "on one line")
    ),
    "reads: a letter": Bad(
        lambda f: rounds(f, "".join(LINES).replace("CCAG\n", "CC*G\n", 1)), ("r1.fastq:2: got 'TGG", "A, C, G, T and N")
    ),
    "reads: barcode not found": Bad(
        lambda f: rounds(f, fastq(["ACT" + read for read in reads()]), barcode="TGG"),
        ("r1.fastq: none of 100 reads begins with the barcode TGG",),
    ),
    "reads: all have N": Bad(
        lambda f: rounds(f, fastq([read[:8] + "N" + read[9:] for read in reads()])),
        ("r1.fastq: none of 100 reads is left (100 with_n)",),
    ),
    "reads: another right constant": Bad(
        lambda f: rounds(f, fastq(reads(seed=2)), right="GATTACA"), ("r0.fastq: ", "right GATTACA is not beside")
    ),
    "reads: another left constant": Bad(
        lambda f: rounds(f, fastq(reads(seed=2)), left="GATTACA"), ("r0.fastq: ", "left GATTACA is not beside")
    ),
    "reads: another round's constants differ": Bad(
        lambda f: rounds(f, fastq([f"CA{read[3:-4]}TATATT" for read in reads()]), left="TGG", right="CCAG"),
        ("r1.fastq: ", "neither left (TGG) nor right (CCAG)", "one for each round"),
    ),
    "reads: too short for the length": Bad(
        lambda f: rounds(f, fastq(reads()), length=40), ("r0.fastq: ", "40 bp, the reads only 19 nt")
    ),
    "reads: a round of shorter reads": Bad(
        lambda f: rounds(f, fastq([read[:9] for read in reads()])), ("r1.fastq: ", "12 bp, the reads only 9 nt")
    ),
    "reads: nothing varies": Bad(
        lambda f: rounds(f, fastq(reads())) | {"reads": f"{same(f)},{f}/r1.fastq"}, ("same.fastq: all of the 19",)
    ),
}


def same(folder: Path) -> Path:
    path = folder / "same.fastq"
    path.write_text(fastq(reads()[:1] * 100))
    return path


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_is_one_error_and_leaves_no_output(tmp_path, name):
    row = SelexLibrary(model="m", **KINDS[name].spoil(tmp_path))
    out = tmp_path / "out"
    outputs = {"counts": out / "counts.tsv.gz", "stats": out / "counts.json"}
    error = run_script("count_selex", {"reads": row.files}, outputs, {"library": row.model_dump(mode="json")})
    assert error is not None
    assert [part for part in KINDS[name].said if part not in error] == [], error
    assert [path.name for path in out.iterdir()] == ["count_selex.log"]


def test_reads_shorter_than_the_motif_are_one_error(tmp_path):
    row = SelexLibrary(model="m", **table(tmp_path, "ACGTAC\t1\t2\nACGAAC\t0\t2\n"))
    counts, _ = count_library(row, row.files)
    with pytest.raises(ValueError, match="motif long is 9 bp wide, the reads of library library have 6 bp"):
        build(BindingModel(motifs={"short": Motif(width=4), "long": Motif(width=9)}), [row], [counts], seed=1)


def test_rows_without_counts_are_counted_and_left_out(tmp_path):
    row = SelexLibrary(model="m", **table(tmp_path, "ACGT\t1\t2\nACGA\t0\t0\nACGC\t0\t0\n"))
    counts, stats = count_library(row, row.files)
    assert (len(counts.counts), stats["no_counts"]) == (1, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model\tcounts\treads\nm\tc.tsv\ta.fq,b.fq\n", "got both"),
        ("model\tcounts\tselection\nm\tc.tsv\tsticky\n", "selection"),
        ("model\tcounts\nm\tc.tsv\nm\td.tsv\n", "library library twice"),
    ],
)
def test_a_bad_sheet_is_one_error(tmp_path, text, said):
    path = tmp_path / "selex.tsv"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        read_selex_sheet(path)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
