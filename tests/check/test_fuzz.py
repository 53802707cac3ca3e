"""Every input of a run damaged at random: the check ends with its list of faults, whatever the file."""

import random

import pytest

from cisgrammar.check.__main__ import main
from fuzz import damaged


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_input_is_taken_or_a_line_each(good, capsys, seed):
    """`good` holds a config, two sheets, FASTA, BED, GTF, MEME, fragments and FASTQ."""
    rng = random.Random(seed)
    sound = {path: path.read_bytes() for path in sorted(good.iterdir()) if path.is_file()}
    for path, data in sound.items():
        path.write_bytes(damaged(data, rng))
        code = main(["config.yaml"])
        said = capsys.readouterr().err
        assert code in (0, 1)
        assert (code == 0) == (said == "")
        assert max(map(len, said.splitlines()), default=0) < 700, said
        assert "Traceback" not in said
        path.write_bytes(data)
