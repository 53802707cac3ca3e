"""`snakemake --report`: one file with captions, stages in their order, that opens without a network."""

import re
import shutil
import time

import pytest

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(600)]
MOST = 30_000_000


@pytest.fixture(scope="module")
def reported(finished, tmp_path_factory):
    flow = type(finished)(tmp_path_factory.mktemp("reported"))
    shutil.copytree(finished.folder, flow.folder, dirs_exist_ok=True)
    done = flow.run("--report", "report.html")
    assert done.returncode == 0, done.stdout
    return flow.folder / "report.html"


def test_it_holds_every_figure_with_its_caption_and_stages_in_order(reported, finished):
    text = reported.read_text()
    assert len(text) < MOST
    categories = re.findall(r'"(\d\. [a-z ]+)"', text)
    assert {"0. first page", "2. bias", "3. transformation", "4. combined", "5. evaluate"} <= set(categories)
    for title in ("Choice of the bias model", "Single windows", "The transformation"):
        assert title in text
    assert "Test peaks that the combined model fits well" in text
    assert "begin with" in text.lower()


def test_it_opens_offline_without_a_console_message(reported, browser):
    browser.open(reported)
    for _ in range(50):
        if "first page" in browser.run("return document.body.innerText"):
            break
        time.sleep(0.2)
    assert "first page" in browser.run("return document.body.innerText")
    # Snakemake's page carries a build of its style sheet that says of itself that it is not for production.
    assert [line for line in browser.problems() if "tailwindcss" not in line] == []
