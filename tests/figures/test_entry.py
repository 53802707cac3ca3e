"""An entry of the catalogue: when it is drawn, and from which files."""

from cisgrammar.config.schema import parse_config
from cisgrammar.figures.entry import Figure
from toy_run import WHOLE

BASE = {key: value for key, value in WHOLE.items() if key not in ("binding", "simulate_selex")} | {"samples": "s.tsv"}
FIGURE = Figure(
    "loci",
    module="profile.loci",
    stage="evaluate",
    title="",
    caption="",
    tables={"a": "{sample}/a.tsv"},
    needs=("combined", "ablation.contributions"),
    explained={"b": "b.h5"},
)


def test_a_dotted_section_is_needed_whole():
    assert FIGURE.is_drawn(parse_config(BASE))
    assert not FIGURE.is_drawn(parse_config({**BASE, "ablation": {"consensus": {"A": "ACGTAC"}}}))
    assert not FIGURE.is_drawn(parse_config({**BASE, "ablation": None}))


def test_contributions_are_shown_where_there_are_some():
    files = FIGURE.files(parse_config(BASE), "<results>")
    assert files == {"a": "<results>/{sample}/a.tsv", "b": "<results>/b.h5"}
    assert FIGURE.files(parse_config({**BASE, "ablation": None}), "out") == {"a": "out/{sample}/a.tsv"}
