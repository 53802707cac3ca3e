"""Words that claim more than was done, or make persons of models: they give way to what is done."""

import re

import pytest

from cisgrammar.figures.catalogue import CATALOGUE
from places import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "CITATION.cff", "CONTRIBUTING.md", "pyproject.toml", "mkdocs.yml")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "config").glob("*.*")),
    *sorted((ROOT / "workflow" / "report").glob("*.rst")),
    *sorted((ROOT / "workflow" / "cisgrammar" / "report" / "templates").glob("*.j2")),
]
CODE = [*sorted((ROOT / "workflow" / "cisgrammar").rglob("*.py")), *sorted((ROOT / "scripts").glob("*.py"))]
WORDS = {
    "prove": r"\bprov(e|es|ed|en|ing)\b",
    "worth": r"\bworth\b",
    "know": r"\bknows?\b",
    "earn": r"\bearns? (its|their) place\b",
    "DNA says": r"\bDNA says\b",
    # A read or a factor may be bound; the noise of reads sets no bound that a model could not pass.
    "bound": r"\b(the|a|no|as the) \**bound\**(?! (reads?|ones?|sites?|factor|state)\b)",
}


def found(text):
    return {word for word, pattern in WORDS.items() if re.search(pattern, text, re.I)}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_pages_and_templates(path):
    assert found(path.read_text()) == set()


def test_code_with_its_messages_and_captions():
    """Docstrings and comments too: they become pages, and messages are copied from them."""
    words = {key: pattern for key, pattern in WORDS.items() if key != "bound"}
    hits = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in CODE
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if any(re.search(pattern, line, re.I) for pattern in words.values())
    ]
    assert hits == []


def test_titles_and_captions_of_figures():
    texts = [f"{figure.title} {figure.caption}" for figure in CATALOGUE]
    assert texts
    assert {word for text in texts for word in found(text)} == set()


def test_the_patterns_see_what_they_are_for():
    assert found("Learns what regulatory DNA says and proves it, and what a motif is worth") == {
        "DNA says",
        "prove",
        "worth",
    }
    assert found("the bound that the reads' own noise sets; the model knows it") == {"bound", "know"}
    assert found("The *bound* in the figures") == {"bound"}
    assert found("ProBound: what an enzyme prefers where no factor is bound; the bound reads; known truth") == set()
