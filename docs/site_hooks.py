"""Pages of the site that are made of other files: the config's reference, the changelog, the notebooks."""

import json
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages, by their names in the navigation."""
    pages = {
        "config.md": (ROOT / "config" / "README.md").read_text(encoding="utf-8"),
        "changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").replace("](docs/", "]("),
        **{
            f"notebooks/{path.stem}.md": notebook(path)
            for path in sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
        },
    }
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """In the site the config's reference is a page; in the checkout the links go to `config/README.md`."""
    up = "../" * page.file.src_uri.count("/")
    return re.sub(r"\]\((?:(?:\.\./)+|https://\S+/blob/main/)config/README\.md", f"]({up}config.md", markdown)


def notebook(path: Path) -> str:
    """A notebook as Markdown: its text, and its code in blocks."""
    found = json.loads(path.read_text(encoding="utf-8"))
    cells = [_cell(cell["cell_type"], "".join(cell["source"])) for cell in found["cells"]]
    cells.insert(1, f"[This page as a notebook]({path.name})")
    return "\n\n".join(cells) + "\n"


def _cell(kind: str, text: str) -> str:
    return f"```python\n{text}\n```" if kind == "code" else text
