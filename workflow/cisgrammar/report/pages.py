"""The report of a run of many samples and folds: an overview, and a page of thumbnails for each sample."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from markupsafe import Markup

from cisgrammar.files.atomic import write_text
from cisgrammar.files.progress import counted
from cisgrammar.report.overview import Overview, matrix
from cisgrammar.report.page import Content, build_page
from cisgrammar.report.remarks import Remark

FIRST, CAUSE = "report.html", "first_cause.txt"
FOLDER = "report"
"""The pages of samples, beside `report.html`."""
_SHOWN = ("warn", "fail")
_NOTE = Markup(
    "Gates that pass, numbers for comparison, figures and motifs of a fold stand on the page of its sample, which the "
    "overview links to."
)


def build_pages(whole: Content, results: str | Path) -> dict[str, str]:
    """Build the first page and one for each sample.

    Parameters
    ----------
    whole
        What one page of the run would show.
    results
        The results folder, from which pages lead to the figures' files.

    Returns
    -------
    dict
        Path below the results -> HTML: `report.html`, and `report/<sample>.html`.
    """
    samples = sorted({figure.sample for figure in whole.figures if figure.sample})
    addresses = {sample: f"{FOLDER}/{sample}.html" for sample in samples}
    shown = counted(samples, "write the report's pages", "samples")
    pages = {addresses[sample]: build_page(_of_sample(whole, sample, Path(results, FOLDER))) for sample in shown}
    first = replace(
        whole,
        gates=[gate for gate in whole.gates if gate.get("sample") not in addresses or gate["verdict"] in _SHOWN],
        figures=[figure for figure in whole.figures if not figure.sample],
        remarks=[remark for remark in whole.remarks if _of(remark) not in addresses],
        motifs=(),
        overview=Overview(matrix(whole.gates, addresses), whole.gates, _NOTE),
    )
    return {FIRST: build_page(first), **pages}


def _of_sample(whole: Content, sample: str, folder: Path) -> Content:
    """What the page of a sample shows."""
    return Content(
        f"{whole.title}, {sample}",
        [gate for gate in whole.gates if gate.get("sample") == sample],
        [figure for figure in whole.figures if figure.sample == sample],
        whole.config,
        [remark for remark in whole.remarks if _of(remark) == sample],
        [row for row in whole.motifs if row["sample"] == sample],
        overview=Overview(note=Markup('<a href="../report.html">All samples</a>')),
        thumbnails=folder,
    )


def _of(remark: Remark) -> str:
    """The sample that a remark begins with; a remark of the whole run begins with another word."""
    return remark.text.replace(":", " ").replace(",", " ").split(" ", 1)[0]


def write_report(path: Path, whole: Content, folder: str | Path | None) -> None:
    """Write the report: one page, or with a folder also one for each sample; and its first cause as `first_cause.txt`.

    Parameters
    ----------
    path
        The first page; it stands in the results folder, as the paths of figures begin.
    whole
        What one page of the run would show.
    folder
        For the pages of samples; None to hold all in one page.
    """
    write_text(path.with_name(CAUSE), f"{whole.data.cause}\n" if whole.data.cause else "")
    if folder is None:
        write_text(path, build_page(whole))
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, text in build_pages(whole, path.parent).items():
        write_text(path if name == FIRST else Path(folder, Path(name).name), text)
