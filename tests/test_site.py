"""The site in a real browser: nothing runs off the page, no link is dead, and nothing is asked of another host."""

import os
import re
import subprocess
import sys
import threading
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from places import ROOT

WIDTHS = (1400, 380)
# Pixels by which an element of the text stands out of the window to the right, unless it scrolls by itself.
OUTSIDE = """
const scrolls = e => { for (; e && e !== document.body; e = e.parentElement)
    if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(e).overflowX)) return true; return false; };
return [...document.querySelectorAll('article *')]
    .filter(e => e.offsetParent && !scrolls(e))
    .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map(e => e.tagName + ': ' + e.textContent.slice(0, 60)).slice(0, 5);
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site as `make site` builds it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def address(site):
    """The site on a port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def pages(site):
    return sorted(str(path.relative_to(site)) for path in site.rglob("*.html") if path.name != "404.html")


class Links(HTMLParser):
    """Targets of a page's links and files, and the names that others may link to."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.targets += [found[name] for name in ("href", "src") if found.get(name)]
        self.anchors |= {found[name] for name in ("id", "name") if found.get(name)}


def test_every_page_is_in_the_site(site):
    made = {"config/index.html", "changelog/index.html", "api/index.html", "notebooks/variants/index.html"}
    assert made <= set(pages(site))


def test_no_link_is_dead_and_nothing_is_loaded_from_elsewhere(site):
    links = {path.resolve(): Links(path) for path in site.rglob("*.html")}
    dead = []
    for page, found in links.items():
        if page.name == "404.html":  # its links begin at the root
            continue
        for target in found.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            file = file / "index.html" if file.is_dir() else file
            anchors = links[file].anchors if file in links else set()
            if not file.is_file() or (parts.fragment and file in links and unquote(parts.fragment) not in anchors):
                dead.append(f"{page.relative_to(site)}: {target}")
    assert dead == []
    for page in site.rglob("*.html"):
        loaded = re.findall(r"""<(?:script|img|link)[^>]*?(?:src|href)=["']?(https?://[^"'> ]*)""", page.read_text())
        assert loaded == [], page


def test_no_page_runs_off_its_window(site, address, browser):
    wide = {}
    for page in pages(site):
        browser.visit(f"{address}/{page.removesuffix('index.html')}", WIDTHS[0])
        for width in WIDTHS:
            browser.resize(width)
            out = browser.run(OUTSIDE)
            if browser.overflow() > 0 or out:
                wide[page, width] = (browser.overflow(), out)
        assert browser.problems() == [], page
        asked = browser.run("return performance.getEntriesByType('resource').map(entry => entry.name)")
        assert [one for one in asked if not one.startswith(address)] == [], page
    assert wide == {}


def test_dark_and_search(address, browser):
    browser.visit(f"{address}/", 1400)
    colours = []
    for scheme in ("default", "slate"):
        browser.run(f"document.body.setAttribute('data-md-color-scheme', '{scheme}')")
        colours.append(browser.run("return getComputedStyle(document.body).backgroundColor"))
    assert colours[0] != colours[1]
    found = browser.wait_for(
        """const field = document.querySelector('input.md-search__input');
        document.querySelector('#__search').checked = true; field.focus();
        if (field.value !== 'leakage') {
            field.value = 'leakage'; field.dispatchEvent(new Event('input', {bubbles: true}));
            field.dispatchEvent(new KeyboardEvent('keyup', {bubbles: true}));
        }
        return [...document.querySelectorAll('.md-search-result__item')].map(item => item.textContent).join(' ');"""
    )
    assert "leak" in found.lower()
