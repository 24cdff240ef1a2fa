"""The page of a campaign, as it is used: pointer, keyboard, sliders, drugs and a compound that is typed in."""

import re

import numpy as np
import pytest

from pointes.campaign.files import surrogate
from pointes.campaign.steps.drugs import risks_on_map
from pointes.drugs import SCORED, parse_compound, read_drug_table
from pointes.explorer.campaign import render
from pointes.netcdf import load_dataset

from ..explored import TABLE, make_class


def map_box(page):
    return page.locator("#map").bounding_box()


def place(page, x, y):
    """Return the pixel of shares of the ranges."""
    left, top = page.evaluate("([x, y]) => explorer.map.pixel([x, y])", [x, y])
    box = map_box(page)
    return box["x"] + left, box["y"] + top


def point(page):
    return page.evaluate("explorer.pointOf(explorer.state.at)")


def compound(page, ic50s, cmax):
    page.fill("#compound-text", ic50s)
    page.fill("#compound-cmax", cmax)
    page.click("text=Place it")


def test_the_pointer_reads_the_map(opened, blocks):
    page = opened(blocks.page)
    page.mouse.move(*place(page, 0.9, 0.1))
    np.testing.assert_allclose(point(page), [0.9, 0.1, 0.0], atol=0.005)
    risk = blocks.learned.predict_proba(np.array([point(page)]))[0]
    assert page.inner_text("#value") == f"{100 * risk:.1f} %"
    assert page.inner_text("#verdict") == "arrhythmic"
    page.mouse.move(*place(page, 0.1, 0.5))
    assert page.inner_text("#verdict") == "safe"
    assert page.inner_text("#point").startswith("block of IKr 0.1")


def test_the_nearest_simulation_is_shown_with_its_results(opened, blocks):
    page = opened(blocks.page)
    simulations = load_dataset(blocks.files["simulations"])
    points = np.column_stack([simulations[name] for name in blocks.space])
    page.mouse.move(*place(page, 0.7, 0.2))
    distance = np.linalg.norm(points - point(page), axis=1)
    nearest = int(np.argmin(distance))
    assert page.inner_text("#nearest").startswith(f"Simulation {nearest}: ")
    assert f"{distance[nearest]:.2g} away" in page.inner_text("#nearest")
    apd90 = float(simulations["apd90_ms"][nearest])
    assert re.search(rf"APD90\s+{apd90:.3g} ms", page.inner_text("#biomarkers"))
    label = "arrhythmic" if simulations["label"][nearest] == 1 else "safe"
    assert page.get_attribute("#curve", "aria-label") == f"Action potential of simulation {nearest}, {label}"
    assert page.locator("#curve path").count() == 2  # that of the control, too


def test_a_click_holds_the_point_and_escape_lets_it_go(opened, blocks):
    page = opened(blocks.page)
    page.mouse.click(*place(page, 0.3, 0.3))
    held = point(page)
    page.mouse.move(*place(page, 0.8, 0.8))
    assert point(page) == held
    page.keyboard.press("Escape")
    page.mouse.move(*place(page, 0.7, 0.8))
    assert point(page) != held


def test_arrow_keys_move_the_cursor_and_it_is_described(opened, blocks):
    page = opened(blocks.page)
    page.focus("#map")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    np.testing.assert_allclose(point(page), [0.6, 0.4, 0.0], atol=1e-9)
    page.wait_for_selector("#spoken:not(:empty)", state="attached")
    spoken = page.inner_text("#spoken")
    assert spoken.startswith("block of IKr 0.6, block of ICaL 0.4, block of INaL 0. Risk ")
    assert "Nearest simulation" in spoken


def test_the_boundary_has_an_interval(opened, blocks):
    """It ends where the risk is 0.025 and 0.975."""
    page = opened(blocks.page)
    page.mouse.move(*place(page, 0.6, 0.1))
    text = page.inner_text("#interval")
    numbers = re.search(r"along the block of IKr: (\S+) \(95 % interval (\S+) to (\S+)\)", text).groups()
    at = np.array([[float(number), *point(page)[1:]] for number in numbers])
    middle, low, high = blocks.learned.predict_proba(at)
    assert 0.2 < middle < 0.8
    assert low < 0.1
    assert high > 0.9


def test_sliders_hold_the_axes_that_are_not_shown(opened, blocks):
    page = opened(blocks.page)
    before = page.evaluate("explorer.field.values.slice()")
    page.locator("#axis-2").fill("0.9")
    page.wait_for_selector("#map[data-ready=true]")
    assert point(page)[2] == pytest.approx(0.9)
    assert page.inner_text("#sliders output") == "0.9"
    assert page.evaluate("explorer.field.values.slice()") != before


def test_other_axes_can_be_shown(opened, blocks):
    page = opened(blocks.page)
    page.select_option("#axis-y", "2")
    page.wait_for_selector("#map[data-ready=true]")
    page.mouse.move(*place(page, 0.2, 0.7))
    np.testing.assert_allclose(np.array(point(page))[[0, 2]], [0.2, 0.7], atol=0.005)
    assert "Block of ICaL" in page.inner_text("#sliders")
    page.select_option("#axis-x", "2")  # the two change places
    assert page.evaluate("explorer.state.axes") == [2, 0]


def test_the_map_shows_the_risk(opened, blocks):
    """Purple where arrhythmic, green where safe."""
    page = opened(blocks.page)
    page.uncheck("#show-simulations")
    page.click("#no-drugs")
    page.mouse.move(*place(page, 0.5, 0.97))
    read = """([x, y]) => {
        const canvas = document.getElementById("map");
        const ratio = canvas.width / explorer.map.width;
        const [px, py] = explorer.map.pixel([x, y]);
        return [...canvas.getContext("2d").getImageData(px * ratio, py * ratio, 1, 1).data];
    }"""
    assert page.evaluate(read, [0.95, 0.06]) == [0xDD, 0xCA, 0xE6, 255]
    assert page.evaluate(read, [0.1, 0.4]) == [0xDC, 0xEF, 0xE0, 255]


def test_drugs_move_with_the_dose(opened, blocks):
    table = read_drug_table(TABLE, blocks.space.blocks, SCORED).select(tuple(blocks.space.blocks))
    predict = surrogate.predictor(blocks.learned, blocks.space)
    page = opened(blocks.page)
    row = page.locator("tr[data-drug=bepridil]")
    before = row.locator(".risk").inner_text()
    page.locator("#dose").fill("1.4")
    multiple = page.evaluate("explorer.state.multiple")
    assert multiple == pytest.approx(10**1.4)
    assert page.inner_text("#dose-value") == "25.1 × Cmax"
    risks = risks_on_map(table, predict, blocks.space, [multiple], largest=1000.0, draws=1, seed=1)
    expected = risks.risk[table.names.index("bepridil"), 0]
    after = row.locator(".risk").inner_text()
    assert after != before
    shown = float(re.search(r"[\d.]+", after).group()) / 100
    assert shown == pytest.approx(expected, abs=0.011)


def test_chosen_drugs_are_drawn(opened, blocks):
    page = opened(blocks.page)
    page.click("#no-drugs")
    picture = "document.getElementById('map').toDataURL()"
    empty = page.evaluate(picture)
    page.check("input[value=dofetilide]")
    drawn = page.evaluate(picture)
    assert drawn != empty
    page.locator("#dose").fill("2")
    assert page.evaluate(picture) != drawn


def test_a_typed_compound_lands_where_python_puts_it(opened, blocks):
    page = opened(blocks.page)
    compound(page, "hERG=0.12uM h=1.1\nICaL = 3µM; INa=30uM", "50nM")
    table = parse_compound(["hERG=0.12uM h=1.1", "ICaL=3uM", "INa=30uM"], "50nM").select(tuple(blocks.space.blocks))
    predict = surrogate.predictor(blocks.learned, blocks.space)
    page.locator("#dose").fill("1")
    risks = risks_on_map(table, predict, blocks.space, [10.0], largest=1000.0, draws=1, seed=1)
    found = page.evaluate("explorer.place(explorer.state.typed, explorer.state.multiple)")
    np.testing.assert_allclose(found, risks.block[0, 0], atol=1e-9)
    critical = page.evaluate("explorer.state.typed.critical")
    assert critical["status"] == "reached"
    assert critical["value"] == pytest.approx(risks.best_fit.multiple[0], rel=1e-4)
    said = page.inner_text("#compound-said")
    assert f"Its risk passes 0.5 at {critical['value']:.3g} × Cmax" in said
    assert "left out: INa" in said
    assert "At 10 × Cmax (500 nM)" in page.inner_text("#compound-now")


MISTAKES = [
    ("", "50nM", "No IC50: expected CHANNEL=IC50 with its unit"),
    ("IKr=120", "50nM", "Unit of IC50 of IKr, “”: expected nM or µM"),
    ("IKr=120mM", "50nM", "Unit of IC50 of IKr, “mM”: expected nM or µM"),
    ("IKr=-1nM", "50nM", "expected a number above 0"),
    ("IKr=1,5nM", "50nM", "expected a number above 0, with a decimal point"),
    ("IXy=5nM", "50nM", "Unknown channel “IXy”: expected one of hERG"),
    ("IKr=5nM\nhERG=6nM", "50nM", "IKr is given twice"),
    ("IKr=5nM h=99", "50nM", "Hill coefficient of IKr, “99”: expected h= with a number from 0.1 to 10"),
    ("INa=5nM", "50nM", "None of these channels is an axis of this map: expected IKr, ICaL, INaL"),
    ("IKr=5nM", "", "No Cmax"),
    ("IKr=5nM", "fifty", "Cmax"),
    ("IKr=<img src=x onerror=alert(1)>", "50nM", "is no IC50"),
]


def test_a_mistake_in_the_box_is_explained(opened, blocks):
    page = opened(blocks.page)
    for ic50s, cmax, message in MISTAKES:
        compound(page, ic50s, cmax)
        assert message in page.inner_text("#compound-said")
        assert page.locator("[aria-invalid=true]").count() == 1
        assert page.evaluate("explorer.state.typed === undefined")
        compound(page, "IKr=120nM", "50nM")
        assert page.locator("[aria-invalid=true]").count() == 0


def test_quantities_are_read_with_their_interval(opened, rhythms):
    page = opened(rhythms.page)
    page.mouse.move(*place(page, 0.8, 0.1))
    mean, sd = (values[0] for values in rhythms.learned.predict(rhythms.space.coordinates(np.array([point(page)]))))
    assert page.inner_text("#value") == f"{mean[0]:.4g} ms"
    low, high = (float(value) for value in re.findall(r"interval (\S+) to (\S+) ms", page.inner_text("#verdict"))[0])
    assert [low, high] == pytest.approx([mean[0] - 1.96 * sd[0], mean[0] + 1.96 * sd[0]], rel=1e-3)
    page.select_option("#quantity", "qnet_uC_per_uF")
    assert "qNet (µC/µF)" in page.inner_text("#map-title")
    assert page.inner_text("#value").endswith("µC/µF")


def test_without_a_surrogate_the_simulations_are_shown(opened, blocks, tmp_path):
    files = blocks.files | {"surrogate": tmp_path / "surrogate.nc"}
    surrogate.write(files["surrogate"], blocks.learned, blocks.space, "no simulation succeeded")
    (tmp_path / "explore.html").write_text(render("nothing", {}, **files), encoding="utf-8")
    page = opened(tmp_path / "explore.html")
    assert page.inner_text("#warning") == "Nothing was learned, because no simulation succeeded."
    page.mouse.move(*place(page, 0.3, 0.3))
    assert page.inner_text("#value") == "no prediction"
    assert page.inner_text("#nearest").startswith("Simulation ")


def test_names_are_text_whatever_they_hold(opened, tmp_path):
    """A name with a tag in it neither runs nor breaks the page."""
    name = "</script><img src=x onerror=document.title='run'>"
    page = opened(make_class(tmp_path, name=name).page)
    assert page.inner_text("h1") == name
    assert page.title() == f"Explore {name}"
    assert page.locator("img").count() == 0
