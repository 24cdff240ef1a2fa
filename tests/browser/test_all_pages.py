"""What holds for all interactive pages: accessible, within a phone's width, small; and the page of a panel."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from pointes.explorer.assembly import LARGEST_BYTES
from pointes.figures.qnet_doses import summarise

from .conftest import LAPTOP, PHONE

KINDS = ["blocks", "rhythms", "panel"]


@pytest.fixture(params=KINDS)
def made(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE])
def test_axe_finds_nothing(opened, made, viewport):
    results = Axe().run(opened(made.page, viewport))
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE])
def test_nothing_is_wider_than_the_screen(opened, made, viewport):
    page = opened(made.page, viewport)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_pages_are_small(made):
    assert made.page.stat().st_size <= LARGEST_BYTES


def test_a_panel_shows_qnet_at_a_dose(opened, panel):
    page = opened(panel.page)
    page.locator("#dose").fill("0.6931471805599453")  # the natural logarithm of 2
    assert page.inner_text("#dose-value") == "2 × Cmax"
    curve = next(one for one in summarise(panel.learned[0]) if one.drug == "dofetilide")
    row = page.locator("tr[data-drug=dofetilide]")
    numbers = [float(text.replace("−", "-")) for text in re.findall(r"[−\d.]+", row.locator(".qnet").inner_text())]
    assert numbers == pytest.approx([curve.median[1], curve.low[1], curve.high[1]], rel=6e-3)


def test_a_panel_draws_the_drugs_that_are_chosen(opened, panel):
    page = opened(panel.page)
    page.click("#no-drugs")
    assert page.locator("#doses circle").count() == 0
    page.check("input[value=dofetilide]")
    circle = page.locator("#doses circle[data-drug=dofetilide]")
    before = circle.get_attribute("cx")
    page.locator("#dose").fill("1")
    assert circle.get_attribute("cx") != before


def test_a_panel_shows_thresholds_and_classes(opened, panel):
    page = opened(panel.page)
    rows = panel.learned[1]
    assert "high | intermediate" in page.inner_html("#metric")
    low = float(rows["threshold_low_intermediate"][0])
    assert f"low above {low:.3g} µC/µF" in page.inner_text("#metric-caption")
    predicted = page.locator("tr[data-drug=dofetilide] td").last.inner_text()
    of_drug = (rows["drug"] == "dofetilide") & (rows["scheme"] == "leave one drug out")
    assert predicted.startswith(str(rows["majority"][of_drug][0]))
