"""Count tables as other programs write them: each gives the counts of the plain table."""

from __future__ import annotations

import logging

import pytest

from cisgrammar.binding.reads.count_table import peek_count_table, read_count_table
from cisgrammar.binding.reads.table_text import table_blocks
from toy_fastq import counted

ROWS = [("ACGT", 1, 2), ("ACGA", 0, 3), ("ACCC", 2.5, 0)]
PLAIN = "".join(f"{read}\t{a}\t{b}\n" for read, a, b in ROWS)
WRITTEN = {
    "commas": PLAIN.replace("\t", ","),
    "commas and blanks": PLAIN.replace("\t", ", "),
    "semicolons": PLAIN.replace("\t", ";"),
    "blanks": PLAIN.replace("\t", "  "),
    "blanks around": "".join(f" {line} \n" for line in PLAIN.replace("\t", " ").splitlines()),
    "quotes": "".join(f'"{read}","{a}",{b}\n' for read, a, b in ROWS),
    "header": "sequence\tr0\tr1\n" + PLAIN,
    "header of commas": "seq,round 0,round 1\n" + PLAIN.replace("\t", ","),
    "comments": "# made by hand\n#\n\n" + PLAIN,
    "comment and header": "#x\nread,a,b\n" + PLAIN.replace("\t", ","),
    "comment between": PLAIN.replace("ACCC", "# a remark\n\nACCC"),
    "line ends": PLAIN.replace("\n", "\r\n"),
    "csv with line ends": "seq,r0,r1\r\n" + PLAIN.replace("\t", ",").replace("\n", "\r\n"),
    "no last line end": PLAIN.replace("\t", ",").rstrip("\n"),
    "lower case": PLAIN.lower(),
    "old Mac": PLAIN.replace("\n", "\r"),
    "rounds called by numbers": "seq\t0\t1\n" + PLAIN,
    "a tab behind each row": PLAIN.replace("\n", "\t\n"),
    "a comma behind some rows": "seq,r0,r1,\n" + PLAIN.replace("\t", ",").replace("\n", ",\n", 2),
    "pandas' numbers of rows": ",seq,r0,r1\n" + "".join(f"{at},{a},{b},{c}\n" for at, (a, b, c) in enumerate(ROWS)),
    "R's numbers of rows": '"seq" "r0" "r1"\n'
    + "".join(f'"{at}" "{a}" {b} {c}\n' for at, (a, b, c) in enumerate(ROWS)),
    "numbers of rows alone": "".join(f"{at}\t{a}\t{b}\t{c}\n" for at, (a, b, c) in enumerate(ROWS)),
    "RNA": PLAIN.replace("T", "U"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_each_way_to_write_a_table_gives_the_same_counts(tmp_path, name: str) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(WRITTEN[name].encode())
    assert counted(read_count_table(path)) == {read: (float(a), float(b)) for read, a, b in ROWS}


def test_a_fault_is_named_with_the_line_of_the_file(tmp_path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("# one\n# two\nseq,r0,r1\nACGT,1,2\n\nACGX,1,2\n")
    with pytest.raises(ValueError, match=r"c.csv:6: 'X' in read 'ACGX'"):
        read_count_table(path)


def test_letters_for_several_bases_are_any_letter(tmp_path) -> None:
    for text in ("ACRT\t1\t2\nACGT\t1\t1\n", "ACRT\t1\t2\n# more\nACGT\t1\t1\n"):
        path = tmp_path / "c.tsv"
        path.write_text(text)
        assert counted(read_count_table(path)) == {"AC*T": (1, 2), "ACGT": (1, 1)}


def test_one_column_of_counts_is_seen_before_any_work(tmp_path) -> None:
    path = tmp_path / "c.tsv"
    path.write_text("ACGT\t3\nACGA\t1\n")
    with pytest.raises(ValueError, match=r"c\.tsv: one column of counts, wanted at least 2 rounds"):
        peek_count_table(path)


def test_what_was_found_is_said_and_lines_are_counted_over_blocks(tmp_path, monkeypatch, caplog) -> None:
    caplog.set_level(logging.INFO)
    path = tmp_path / "c.csv"
    path.write_text("# one\nseq,r0\n" + "ACGT,1\n" * 50)
    from cisgrammar.binding.reads import table_text

    whole = table_text.read_blocks
    monkeypatch.setattr(table_text, "read_blocks", lambda path, size: whole(path, 40))
    blocks = list(table_blocks(path))
    assert b"".join(block for _, block in blocks) == b"ACGT\t1\n" * 50
    done = 2
    for before, block in blocks:
        assert before == done
        done += block.count(b"\n")
    assert "commas between columns, 1 comment lines, header 'seq\\tr0'" in caplog.text
