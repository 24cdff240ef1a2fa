"""Variants: drawn from distributions, read from tables, and turned into values of a model's parameters."""

import numpy as np
import pytest
from scipy.stats import kstest, norm

from pointes import cells
from pointes.errors import UserError
from pointes.populations import LogNormal, Uniform, Variants, draw, read_variants
from pointes.populations.drawing import SAMPLERS, parse_distributions
from pointes.populations.variants import literals

KO = "extracellular.ko"


@pytest.fixture(scope="module")
def model():
    return cells.load("ohara-2011", "mid", (KO,))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_drawn_variants_follow_their_distributions(model, sampler):
    variants = draw(
        model, {"IKr": Uniform(0.5, 2), "ICaL": LogNormal(0.3), KO: Uniform(0.8, 1.2)}, 500, sampler=sampler
    )
    columns = variants.columns
    assert len(variants) == 500
    # Spread evenly, the largest distance between distributions is well below that of 500 independent draws, 0.04
    assert kstest(columns["IKr"], "uniform", (0.5, 1.5)).statistic < 0.01
    assert kstest(np.log(columns["ICaL"]), norm(0, 0.3).cdf).statistic < 0.01
    assert kstest(columns[KO] / 5.4, "uniform", (0.8, 0.4)).statistic < 0.01
    assert abs(np.corrcoef(list(columns.values())) - np.eye(3)).max() < 0.15


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_seed_decides_on_the_variants(model, sampler):
    first, again, other = (draw(model, {"IKr": Uniform(0, 2)}, 9, seed=seed, sampler=sampler) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.columns["IKr"], again.columns["IKr"])
    assert (first.columns["IKr"] != other.columns["IKr"]).all()


def test_values_scale_conductances_and_replace_literals(model):
    variants = Variants({"IKr": np.array([0.5, 3.0]), KO: np.array([4.0, 5.0])}, np.arange(2), "a test")
    values = variants.values(model)
    assert values[KO].tolist() == [4.0, 5.0]
    published = model.parameters[model.conductances["IKr"]]
    assert values[model.conductances["IKr"]].tolist() == [0.5 * published, 3.0 * published]


def test_table(tmp_path):
    path = tmp_path / "variants.csv"
    path.write_text(f"IKr, {KO}\n0.5, 4\n\n2, 5.4\n")
    variants = read_variants(path)
    assert {name: column.tolist() for name, column in variants.columns.items()} == {"IKr": [0.5, 2], KO: [4, 5.4]}
    assert variants.numbers.tolist() == [0, 1]
    path.write_text("variant,IKr\n17,0.5\n3,2\n")
    assert read_variants(path).numbers.tolist() == [17, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no variant; expected a header line"),
        ("IKr\n", "no variant; expected a header line"),
        ("variant\n1\n", "no parameter; expected a column per parameter"),
        ("IKr,IKr\n1,1\n", "more than one column 'IKr'; expected one of each name"),
        ("IKr,IKs\n1,1\n1\n", "line 3: number of cells: 1; expected 2"),
        ("IKr\n1\nhalf\n", "line 3: IKr: 'half'; expected a finite number"),
        ("IKr\ninf\n", "line 2: IKr: 'inf'"),
        ("variant,IKr\n1,1\n1,2\n", "'variant' does not number"),
        ("variant,IKr\n1.5,1\n", "'variant' does not number"),
    ],
)
def test_faulty_tables_are_refused(tmp_path, text, message):
    path = tmp_path / "variants.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        read_variants(path)


@pytest.mark.parametrize("factor", [-0.1, np.inf, np.nan])
def test_factors_that_are_no_factors_are_refused(model, factor):
    variants = Variants({"IKr": np.array([1.0, factor])}, np.arange(2), "variants.csv")
    with pytest.raises(UserError, match=r"variants.csv: row 2: factor of IKr: \S+; expected a finite number, 0 or"):
        variants.check(model)


def test_literals_may_be_negative(model):
    Variants({KO: np.array([-1.0])}, np.arange(1), "variants.csv").check(model)


def test_literals_are_what_is_no_current():
    assert literals("ohara-2011", ["IKr", KO]) == (KO,)
    with pytest.raises(UserError, match=r"unknown current 'Ikr' in model ohara-2011; .*did you mean IKr"):
        literals("ohara-2011", ["Ikr"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("IKr", "expected NAME=LOW:HIGH"),
        ("IKr=2", "expected NAME=LOW:HIGH"),
        ("=0:2", "expected NAME=LOW:HIGH"),
        ("IKr=0:a", "expected NAME=LOW:HIGH"),
        ("IKr=0:inf", "expected NAME=LOW:HIGH"),
        ("IKr=-1:2", "0 <= LOW < HIGH"),
        ("IKr=2:2", "0 <= LOW < HIGH"),
        ("IKr=lognormal:0", "a sigma of more than 0"),
        ("IKr=lognormal:0:1", "expected NAME=LOW:HIGH"),
    ],
)
def test_faulty_distributions_are_refused(text, message):
    with pytest.raises(UserError, match=message):
        parse_distributions("--scale", [text])


def test_distribution_given_twice_is_refused():
    with pytest.raises(UserError, match="IKr is given twice"):
        parse_distributions("--scale", ["IKr=0:1", "IKr=0:2"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "number of variants: 0"),
        ({"seed": -1}, "seed: -1"),
        ({"sampler": "grid"}, "unknown sampler 'grid'"),
        ({"scale": {}}, "no parameter is drawn"),
        ({"scale": {"hERG": Uniform(0, 1)}}, "unknown current or literal 'hERG'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(model, options, message):
    with pytest.raises(UserError, match=message):
        draw(model, **{"scale": {"IKr": Uniform(0, 1)}, "n": 4} | options)
