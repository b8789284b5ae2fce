"""What mkdocs asks while it builds: pages from outside of docs/, their links, tables from the code."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path, PurePosixPath
from typing import Any

from from_code import TABLES

ROOT = Path(__file__).parents[2]
HOME = "README.md"
"""The README is the home page."""
OUTSIDE = (
    HOME,
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "benchmarks/README.md",
    "benchmarks/logs/*.txt",
    "moat_lab/data/pictograms/README.md",
    "moat_lab/data/pictograms/LICENSE-*.txt",
    "studies/**/*.yaml",
)
OF_RESULTS = ("**/README.md", "**/report.md", "**/*.png", "*.csv", "published/*.csv")
MARKER = re.compile(r"^<!-- generated: (\w+) -->$", re.MULTILINE)
CODE = r"^```.*?^```$|`[^`\n]+`"
LINK = r"(?P<label>!?\[(?:[^\[\]]|\[[^\[\]]*\])*\])\((?P<target>[^()\s#]+)(?P<anchor>#[^()\s]*)?\)"
CODE_OR_LINK = re.compile(f"{CODE}|{LINK}", re.DOTALL | re.MULTILINE)


def on_config(config: Any) -> None:
    """Decisions and results are too many to name one by one."""
    results = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("results/*/*.md"))
    decisions = sorted(
        path.relative_to(ROOT / "docs").as_posix() for path in ROOT.glob("docs/decisions/*.md")
    )
    config.nav += [
        {"Results": ["results/README.md", {"Benchmarks": "benchmarks/README.md"}, {"Reports": results}]},
        {
            "Project": [
                {"Contributing": "CONTRIBUTING.md"},
                {"Changelog": "CHANGELOG.md"},
                {"Decisions": decisions},
            ]
        },
    ]


def on_files(files: Any, config: Any) -> Any:
    from mkdocs.structure.files import File

    for path in _outside():
        files.append(File.generated(config, _on_site(path), abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    here = HOME if page.file.src_uri == "index.md" else _in_checkout(page.file.src_uri)
    return with_site_links(MARKER.sub(lambda found: TABLES[found[1]](), markdown), here)


def with_site_links(text: str, here: str) -> str:
    """Links of a page of the checkout, as they have to be on the site.

    Args:
        here: the page's path in the checkout.
    """
    return CODE_OR_LINK.sub(lambda found: _with_site_link(found, here), text)


def _with_site_link(found: re.Match[str], here: str) -> str:
    """A link as it has to be on the site; code as it is."""
    target = found["target"]
    if target is None or "://" in target or target.startswith("mailto:"):
        return found[0]
    path = posixpath.normpath(posixpath.join(posixpath.dirname(here), target))
    relative = posixpath.relpath(_on_site(path), posixpath.dirname(_on_site(here)) or ".")
    return f"{found['label']}({relative}{found['anchor'] or ''})"


def _outside() -> list[str]:
    """Paths in the checkout of what the site holds beside docs/."""
    patterns = [*OUTSIDE, *(f"results/{pattern}" for pattern in OF_RESULTS)]
    return sorted({path.relative_to(ROOT).as_posix() for one in patterns for path in ROOT.glob(one)})


def _on_site(path: str) -> str:
    if path == HOME:
        return "index.md"
    return str(PurePosixPath(path).relative_to("docs")) if path.startswith("docs/") else path


def _in_checkout(uri: str) -> str:
    return f"docs/{uri}" if (ROOT / "docs" / uri).exists() else uri
