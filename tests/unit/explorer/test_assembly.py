"""Pages are one file, which no name in the data can break."""

import re
from importlib.resources import files

import pytest

from pointes.errors import UserError
from pointes.explorer import assembly, campaign, panel
from pointes.explorer.assembly import as_json, as_scope, assemble

HOSTILE = "</script><script>alert(1)</script><!-- & \u2028 ' \""


def test_no_name_leaves_the_element_of_the_data():
    text = as_json({"name": HOSTILE})
    assert not re.search("[<>&\u2028]", text)


def test_a_hostile_name_is_escaped_wherever_it_stands():
    page = assemble("panel.html", (), {"name": HOSTILE, "introduction": HOSTILE})
    assert "alert(1)</script>" not in page
    assert page.count("<script") == 2  # the data and the modules


@pytest.mark.parametrize("modules", [campaign.MODULES, panel.MODULES])
def test_modules_come_after_those_that_they_import(modules):
    known = set()
    for name in modules:
        text = files("pointes.explorer").joinpath(f"modules/{name}.js").read_text()
        assert set(re.findall(r'from "\./(\w+)\.js"', text)) <= known, name
        known.add(name)
        assert not re.search("^(import|export)", as_scope(name, text), re.MULTILINE)


def test_all_modules_belong_to_a_page():
    found = {path.name.removesuffix(".js") for path in files("pointes.explorer").joinpath("modules").iterdir()}
    assert found == {*campaign.MODULES, *panel.MODULES}


@pytest.mark.parametrize("forbidden", ["innerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", "http"])
def test_modules_write_data_as_text_and_load_nothing(forbidden):
    for path in files("pointes.explorer").joinpath("modules").iterdir():
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")  # the name of a vocabulary
        assert forbidden not in text, path.name


def test_pages_forbid_the_browser_to_load_anything():
    for template in ("page.html", "panel.html"):
        assert "default-src 'none'" in assemble(template, (), {"name": "a", "introduction": "b"})


def test_a_page_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(assembly, "LARGEST_BYTES", 1000)
    with pytest.raises(UserError, match=r"bytes of explore\.html: \d+; expected at most 1000"):
        assemble("panel.html", panel.MODULES, {"name": "large", "introduction": ""})
