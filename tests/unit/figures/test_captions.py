"""What the report says of a campaign before its figures, rendered as Snakemake does."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import Environment, StrictUndefined

from pointes.campaign.configuration.schema import Config
from pointes.figures import FIGURES

REPORT = Path(__file__).parents[3] / "workflow" / "report"


def rendered(config: dict, name: str = "workflow") -> str:
    environment = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    text = (REPORT / f"{name}.rst").read_text(encoding="utf-8")
    return environment.from_string(text).render(snakemake=SimpleNamespace(config=config))


@pytest.mark.parametrize("section", [{}, {"celltype": "endo"}])
def test_what_a_configuration_leaves_out_is_the_default(section):
    """The text has to repeat two defaults: Snakemake gives it the file, not the campaign's `Config`."""
    assert rendered({"model": section}) == rendered(Config().model_dump(mode="json")) == rendered({})


def test_a_campaign_without_drugs_says_nothing_of_them():
    text = rendered({"drugs": None})
    assert "Drugs" not in text
    assert "CiPA" not in text
    assert "Drugs were then placed" in rendered({})


def test_the_map_of_a_campaign_without_drugs_has_one_panel():
    assert "Cmax" in rendered({}, "risk_map")
    alone = rendered({"drugs": None}, "risk_map")
    assert "Cmax" not in alone
    assert "Left" not in alone
    assert " drug" not in alone


def test_the_default_model_and_table_are_credited():
    text = rendered({})
    assert "pcbi.1002061" in text
    assert "cpt.1184" in text
    assert "{" not in text


def test_another_model_or_table_is_not_credited_to_the_authors_of_the_default_ones():
    text = rendered({"model": {"name": "torord-fkatp"}, "drugs": {"table": "own.csv"}})
    assert "O'Hara" not in text
    assert "CiPA" not in text
    assert "``torord-fkatp``" in text
    assert "``own.csv``" in text


def test_each_kind_of_campaign_is_introduced_as_what_it_is():
    quantities = rendered({"learning": {"target": ["apd90_ms", "qt_ms"]}, "uncertainty": {"distributions": {}}})
    assert "learned quantities" in quantities
    assert "**Uncertainty**" in quantities
    assert "Drugs" not in quantities
    other = rendered({"learning": {"target": "apd90_ms > 500"}})
    assert "Gaussian-process classifier" in other
    assert "Drugs were then placed" not in other
    sweep = rendered({"sweep": {"design": "grid", "n": 3}})
    assert "belongs to a sweep" in sweep
    assert "**Learning**" not in sweep


def test_the_map_of_another_class_is_not_one_of_arrhythmia():
    caption = rendered({"learning": {"target": "capture"}}, "risk_map")
    assert "the second class" in caption
    assert "arrhythmi" not in caption
    assert "Cmax" not in caption


@pytest.mark.parametrize("name", FIGURES)
def test_a_caption_names_the_files_that_are_shown(name):
    figure = FIGURES[name]
    *_, data = " ".join(rendered({}, name).split()).partition("Data: ")
    for file in (*figure.files.values(), *figure.optional.values()):
        assert f"``{file}``" in data, file
