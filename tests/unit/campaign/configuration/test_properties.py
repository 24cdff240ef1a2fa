"""Configurations drawn at random: files hold all of them, and results depend on the keys that say so, and no others."""

import copy
import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pointes.campaign.configuration.loading import load, parse
from pointes.campaign.configuration.meaning import MEANING, NEUTRAL, TISSUE, meaning
from pointes.campaign.configuration.schema import Config

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True)
# PyYAML writes some line breaks, such as U+0085, so that it does not read them back
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=8)
SHARES = st.floats(0.0, 1.0)
LENGTHS = st.floats(1e-3, 1e3)
RANGES = st.tuples(SHARES, SHARES).filter(lambda pair: pair[0] < pair[1]).map(list)
POINTS = st.tuples(*[st.floats(-100.0, 100.0)] * 3).map(list)


@st.composite
def protocols(draw):
    beats = draw(st.integers(1, 2000))
    return {
        "cycle_length": draw(st.floats(300, 20000)),
        "beats": beats,
        "label_beats": draw(st.integers(1, beats)),
        "tolerance": draw(st.floats(1e-7, 1e-2)),
        "stimulus_duration": draw(st.none() | st.floats(0.1, 200.0)),
        "stimulus_level": draw(st.none() | st.floats(0.1, 5.0)),
    }


@st.composite
def choices_of_points(draw):
    start = draw(st.integers(4, 64))
    return {
        "start": start,
        "batch": draw(st.integers(1, 32)),
        "stream_share": draw(SHARES),
        "acquisition": draw(st.sampled_from(["sur", "u", "straddle"])),
        "warm_start": draw(st.none() | TEXTS),
        "max_simulations": start + draw(st.integers(1, 500)),
        "max_core_hours": draw(st.none() | st.floats(1e-3, 1e4)),
        "stopping": {"largest_drift": draw(st.floats(1e-4, 1.0)), "verified": draw(st.booleans())},
    }


@st.composite
def tissues(draw):
    return {
        "size": draw(st.lists(LENGTHS, max_size=3)),
        "layers": draw(st.dictionaries(TEXTS, LENGTHS, max_size=3)),
        "fibre_angles": draw(st.none() | st.tuples(SHARES, SHARES).map(list)),
        "electrodes": draw(st.dictionaries(NAMES, POINTS, max_size=2)),
        "stimulus": {"sites": [{"depth": draw(LENGTHS), "centre": draw(st.none() | POINTS)}]},
    }


configurations = st.builds(
    lambda **sections: parse(sections, "drawn"),
    name=NAMES,
    seed=st.integers(0, 2**32 - 1),
    model=st.fixed_dictionaries({"name": TEXTS, "celltype": st.none() | TEXTS}),
    protocol=protocols(),
    simulation=st.fixed_dictionaries({"scale": st.sampled_from(["cell", "cable", "ventricles"]), "tissue": tissues()}),
    parameters=st.fixed_dictionaries({"blocks": st.dictionaries(NAMES, RANGES, min_size=2, max_size=4)}),
    learning=choices_of_points(),
    execution=st.fixed_dictionaries({"workers": st.integers(1, 64) | st.just("auto"), "cluster": TEXTS}),
    drugs=st.none() | st.fixed_dictionaries({"table": TEXTS, "draws": st.integers(1, 1000)}),
    replays=st.fixed_dictionaries({"enabled": st.booleans() | st.just("auto"), "grid": st.integers(2, 99)}),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("configurations") / "config.yaml"


def with_keys(config, other, paths):
    """Return a configuration in JSON form with the values that another one has for some keys."""
    result = copy.deepcopy(config)
    for key in paths:
        section, _, name = key.rpartition(".")
        (result[section] if section else result)[name] = (other[section] if section else other)[name]
    return result


@settings(max_examples=15)
@given(config=configurations)
def test_files_hold_every_configuration(path, config):
    values = config.model_dump(mode="json")
    assert parse(json.loads(json.dumps(values)), "x.json") == config
    path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    assert load(path) == config


@settings(max_examples=15)
@given(config=configurations, other=configurations)
def test_other_keys_than_those_of_the_meaning_have_none(config, other):
    values = config.model_dump(mode="json")
    changed = with_keys(other.model_dump(mode="json"), values, (*MEANING, *NEUTRAL, *TISSUE))
    assert meaning(changed) == config.meaning


@settings(max_examples=15)
@given(config=configurations, other=configurations)
def test_tissues_have_no_meaning_for_cells(config, other):
    values = config.model_dump(mode="json")
    values["simulation"] = {"scale": "cell", "tissue": values["simulation"]["tissue"]}
    changed = with_keys(values, other.model_dump(mode="json"), ["simulation.tissue"])
    assert meaning(changed) == meaning(values)


@pytest.mark.parametrize("key", MEANING)
def test_each_key_of_the_meaning_has_one(key):
    values = Config().model_dump(mode="json")
    changed = copy.deepcopy(values)
    section, _, name = key.rpartition(".")
    (changed[section] if section else changed)[name] = "other"
    assert meaning(changed) != meaning(values)
