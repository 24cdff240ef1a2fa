"""The card of a compound: its words, its figure, and both of its files."""

import re
from itertools import combinations

import pytest
from matplotlib.text import Text

from pointes.errors import UserError
from pointes.figures.card import words
from pointes.figures.card.files import card_names, html_page, pdf_page, write_cards
from pointes.figures.card.panels import draw


def span(median, half=0.004):
    return {"estimate": median, "median": median, "q025": median - half, "q975": median + half}


NOTHING = {"estimate": None, "median": None, "q025": None, "q975": None}
PANEL = {
    "drugs": [
        {"drug": f"drug-{k}", "category": category, "metric": span(0.04 + k / 500), "arrhythmic": 0.0}
        for k, category in enumerate(["high", "intermediate", "low"] * 9)
    ]
    + [{"drug": "worst", "category": "high", "metric": NOTHING, "arrhythmic": 1.0}],
    "low_intermediate": 0.07,
    "intermediate_high": 0.05,
    "control_qnet": 0.0697,
    "right": 12,
    "most_frequent": 11,
    "samples": 16,
    "model": "ohara-cipa-2017",
    "celltype": "endo",
    "cycle_length": 2000.0,
}


def channel(name, attribution, **values):
    return {
        "channel": name,
        "ic50_nM": 120.0,
        "q025_nM": 90.0,
        "q975_nM": 1600.0,
        "limit_nM": None,
        "hill": 1.1,
        "uncertainty": "given",
        "block": 0.64,
        "attribution": attribution,
    } | values


SCORE = {
    "name": "TP-1 <µ>",
    "cmax_nM": 50.0,
    "risk_class": "high",
    "probability": {"low": 0.1, "intermediate": 0.3, "high": 0.6},
    "metric": span(0.045),
    "doses": [1.0, 2.0, 3.0, 4.0],
    "qnet": [span(0.06), span(0.05), span(0.04), span(0.03)],
    "arrhythmic": 0.0,
    "rank": 5,
    "channels": [channel("ICaL", 0.001), channel("IKr", -0.025)],
    "nearest": "drug-3",
    "nearest_distance": 0.1,
    "outside": [],
    "remarks": ["No IC50 of INaL is given, which counts as no block."],
    "necessary": [],
    "critical": None,
    "samples": 32,
}
OUTSIDE = SCORE | {
    "name": "a compound with a name that is far too long for one line of a page and goes on",
    "risk_class": "outside the domain",
    "outside": ["at 4 × Cmax block of ICaL is 0.89, 0.41 beyond the 0.48 of the drugs of the panel"] * 3,
    "channels": [channel(name, (-1) ** k * 0.02) for k, name in enumerate(("IKr", "ICaL", "INaL", "INa", "IKs"))],
}
ARRHYTHMIC = SCORE | {
    "metric": NOTHING | {"q975": 0.03},
    "arrhythmic": 0.8,
    "rank": 1,
    "qnet": [span(0.02), NOTHING, NOTHING, NOTHING],
    "channels": [channel("IKr", None, block=0.99), channel("ICaL", None)],
    "necessary": ["IKr"],
}
ALL = {"inside": SCORE, "outside": OUTSIDE, "arrhythmic": ARRHYTHMIC}


def test_a_compound_is_described_in_words():
    facts = dict(words.facts(SCORE, PANEL))
    assert words.headline(SCORE) == "High risk (60 %)"
    assert facts["probability"] == "low 10 %, intermediate 30 %, high 60 %"
    assert facts["torsade metric"] == "0.0450 (0.0410 to 0.0490) µC/µF; without drug 0.0697"
    assert facts["position"] == "rank 5 of 29 from the riskiest, between drug-2 (low) and drug-3 (high)"
    assert facts["because"] == (
        "IKr block lowers mean qNet by 0.0250 µC/µF. ICaL block raises mean qNet by 0.0010 µC/µF."
    )
    assert words.inputs(SCORE)[1] == ["IKr", "120 nM (90 nM to 1.6 µM)", "1.1", "64 %", "−0.0250"]
    assert any("12 of the 28 drugs" in sentence for sentence in words.limits(SCORE, PANEL))


def test_two_classes_are_named_with_their_probability_together():
    undecided = SCORE | {
        "risk_class": "intermediate or high",
        "probability": {"low": 0.2, "intermediate": 0.4, "high": 0.4},
    }
    assert words.headline(undecided) == "Intermediate or high risk (80 %)"


def test_the_riskiest_and_the_safest_have_one_neighbour():
    first = SCORE | {"rank": 1}
    last = SCORE | {"rank": 29}
    assert words.position(first, PANEL) == "rank 1 of 29 from the riskiest, riskier than worst (high)"
    assert words.position(last, PANEL) == "rank 29 of 29 from the riskiest, safer than drug-26 (low)"


def test_a_compound_outside_the_domain_has_no_confident_number():
    assert words.headline(OUTSIDE) == "Outside the domain"
    assert words.probabilities(OUTSIDE).endswith("(outside the domain: not to be trusted)")
    assert words.limits(OUTSIDE, PANEL)[0].startswith("Outside the domain of the panel: at 4 × Cmax block of ICaL")


def test_an_arrhythmic_compound_has_no_metric():
    facts = dict(words.facts(ARRHYTHMIC, PANEL))
    assert facts["torsade metric"].startswith("arrhythmic (arrhythmic to 0.0300) µC/µF;")
    assert facts["position"] == "arrhythmic, as worst"
    assert facts["because"].endswith("Without block of IKr it is not.")
    assert words.inputs(ARRHYTHMIC)[0][-1] == "undefined"


def test_the_critical_multiple_is_given_with_its_map():
    found = {"multiple": 3.99, "status": "reached", "q025": 0.741, "q025_status": "reached", "q975": None}
    found |= {"q975_status": "not_reached", "parameters": ["IKr", "ICaL"], "model": "ohara-2011, mid", "path": "x"}
    assert dict(words.facts(SCORE | {"critical": found}, PANEL))["critical dose"] == (
        "3.99 × Cmax (95 % interval: 0.741 × Cmax to not reached), on the map of IKr, ICaL block in ohara-2011, mid"
    )


def drawn_texts(figure):
    """Return the texts of a figure without those of ticks beyond the ends of an axis."""
    beyond = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        beyond |= {id(tick.label1) for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high}
    texts = figure.findobj(
        lambda artist: isinstance(artist, Text) and artist.get_visible() and id(artist) not in beyond
    )
    return [text for text in texts if text.get_text().strip()]


@pytest.mark.parametrize("score", ALL.values(), ids=ALL)
def test_no_texts_of_the_figure_overlap(score):
    figure = draw(score, PANEL)
    figure.draw_without_rendering()
    boxes = [(text.get_text(), text.get_window_extent()) for text in drawn_texts(figure)]
    for (one, first), (other, second) in combinations(boxes, 2):
        shared = first.intersection(first, second)
        assert shared is None or min(shared.width, shared.height) < 1, f"{one!r} overlaps {other!r}"


@pytest.mark.parametrize("score", ALL.values(), ids=ALL)
def test_a_card_is_one_page_and_the_same_each_time(score):
    figure = draw(score, PANEL)
    page = pdf_page(score, PANEL, figure)
    assert len(re.findall(rb"/Type /Page\b", page)) == 1
    assert page == pdf_page(score, PANEL, draw(score, PANEL))


def test_the_page_loads_nothing_and_shows_names_as_they_are():
    page = html_page(SCORE, PANEL, draw(SCORE, PANEL))
    assert "TP-1 &lt;µ&gt;" in page
    assert "<svg" in page
    assert not re.search(r"(src|href)=\"(?!#)(http|/|file)", page.replace("http://www.w3.org", ""))
    assert "doi:10.1002/cpt.1184" in page
    assert page == html_page(SCORE, PANEL, draw(SCORE, PANEL))


def test_cards_are_named_like_their_compounds(tmp_path):
    written = write_cards(tmp_path, {"reference": PANEL, "compounds": [SCORE]})
    assert [path.name for path in written] == ["TP-1.html", "TP-1.pdf"]
    assert all(path.stat().st_size > 10_000 for path in written)
    assert card_names(["a/../b", "..."]) == {"a/../b": "a_.._b", "...": "compound"}
    with pytest.raises(UserError, match="two compounds whose cards would be named A_b"):
        card_names(["a b", "A/b"])
