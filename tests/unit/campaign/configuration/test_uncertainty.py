"""The section of distributions: what it accepts, and the line that each mistake gets."""

import pytest

from pointes.campaign.configuration import loading
from pointes.campaign.configuration.fields import key
from pointes.campaign.configuration.schema import Config
from pointes.campaign.configuration.uncertainty import Distribution, Lognormal, Normal, Uncertainty, Uniform
from pointes.errors import UserError


class UncertainConfig(Config):
    uncertainty: Uncertainty | None = key(None, "Distributions of the axes.")


@pytest.fixture
def parse(monkeypatch):
    monkeypatch.setattr(loading, "Config", UncertainConfig)

    def parse(section):
        return loading.parse_any({"uncertainty": section}, "c.yaml").uncertainty

    return parse


def test_distributions_of_every_kind(parse):
    found = parse(
        {
            "n": 1024,
            "distributions": {
                "IKr": {"normal": {"mean": 0.3, "sd": 0.05}},
                "GKs": {"lognormal": {"median": 1, "factor": 1.2}},
                "extracellular.ko": {"uniform": {"low": 4, "high": 6}},
                "x": {"samples": "file.csv", "column": "name"},
            },
        }
    )
    assert found == Uncertainty(
        n=1024,
        distributions={
            "IKr": Distribution(normal=Normal(mean=0.3, sd=0.05)),
            "GKs": Distribution(lognormal=Lognormal(median=1, factor=1.2)),
            "extracellular.ko": Distribution(uniform=Uniform(low=4, high=6)),
            "x": Distribution(samples="file.csv", column="name"),
        },
    )


def test_number_of_points_by_default(parse):
    assert parse({"distributions": {"IKr": {"normal": {"mean": 0.3, "sd": 0.05}}}}).n == 4096


ONE_KIND = "expected one of normal, lognormal, uniform and samples"
BOTH = "expected samples, the path of a CSV file, together with column"


@pytest.mark.parametrize(
    ("of_ikr", "message"),
    [
        ({"normal": {"mean": 0.3, "sd": 0}}, ".normal.sd: 0; expected greater than 0"),
        ({"normal": {"mean": "high", "sd": 1}}, ".normal.mean: 'high'; expected a valid number"),
        ({"normal": {"mean": float("nan"), "sd": 1}}, ".normal.mean: nan; expected a finite number"),
        ({"normal": {"mean": 0.3}}, ".normal.sd; expected a value"),
        ({"lognormal": {"median": 0, "factor": 1.2}}, ".lognormal.median: 0; expected greater than 0"),
        ({"lognormal": {"median": 1, "factor": 1}}, ".lognormal.factor: 1; expected greater than 1"),
        ({"uniform": {"low": 1, "high": 1}}, ".uniform.high: 1; expected a number above low, which is 1"),
        ({}, f": {{}}; {ONE_KIND}"),
        (
            {"normal": {"mean": 0.3, "sd": 1}, "samples": "a.csv", "column": "a"},
            f": {{'normal': {{'mean': 0.3, 'sd': 1}}, 'samples': 'a.csv', 'column': 'a'}}; {ONE_KIND}",
        ),
        ({"samples": "a.csv"}, f": {{'samples': 'a.csv'}}; {BOTH}"),
        (
            {"uniform": {"low": 0, "high": 1}, "column": "a"},
            f": {{'uniform': {{'low': 0, 'high': 1}}, 'column': 'a'}}; {BOTH}",
        ),
    ],
)
def test_mistake_in_a_distribution_is_one_line(parse, of_ikr, message):
    with pytest.raises(UserError) as caught:
        parse({"distributions": {"IKr": of_ikr}})
    assert str(caught.value) == f"c.yaml: uncertainty.distributions.IKr{message}"


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            {"distributions": {"IKr": {"norma": {"mean": 0.3, "sd": 0.05}}}},
            "unknown key 'uncertainty.distributions.IKr.norma' in c.yaml; expected one of normal, lognormal, uniform, "
            "samples, column; did you mean normal?",
        ),
        (
            {"distributions": {}},
            "c.yaml: uncertainty.distributions: {}; expected the distribution of at least one axis by name",
        ),
        ({}, "c.yaml: uncertainty.distributions; expected a value"),
        (
            {"n": 8, "distributions": {"x": {"samples": "file.csv", "column": "name"}}},
            "c.yaml: uncertainty.n: 8; expected greater than or equal to 64",
        ),
    ],
)
def test_mistake_in_the_section_is_one_line(parse, section, message):
    with pytest.raises(UserError) as caught:
        parse(section)
    assert str(caught.value) == message
