"""The site that `make site` has built: it needs no network, and its reference is complete."""

import importlib
import re

from ..pages import PROJECT

SITE = PROJECT / "site"
LOADED = re.compile(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"([^\"]+)|<link\b[^>]*\bhref=\"([^\"]+)")


def test_pages_load_nothing_from_the_network():
    pages = sorted(SITE.rglob("*.html"))
    assert len(pages) > 50
    for page in pages:
        for found in LOADED.findall(page.read_text(encoding="utf-8")):
            assert not "".join(found).startswith(("http:", "https:", "//")), page
    for sheet in SITE.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet


def test_search_index_is_a_script_that_browsers_read_from_the_file_system():
    assert (SITE / "search/search_index.js").read_text(encoding="utf-8").startswith("var __index = {")
    assert "iframe-worker.js" in (SITE / "index.html").read_text(encoding="utf-8")


def test_public_names_are_documented():
    pages = {page.stem: page.read_text(encoding="utf-8") for page in SITE.glob("reference/python/*.html")}
    assert {"pointes", "pointes.cells", "pointes.learning", "pointes.drugs", "pointes.figures"} <= set(pages)
    for package, page in pages.items():
        names = importlib.import_module(package).__all__
        assert names, package
        assert [name for name in names if f'id="{package}.{name}"' not in page] == [], package


def test_equations_are_mathml():
    page = (SITE / "learning.html").read_text(encoding="utf-8")
    assert page.count('<math display="block"') >= 3
    assert "$$" not in page
