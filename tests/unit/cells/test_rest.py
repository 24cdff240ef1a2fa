"""Flat traces and depolarised cells: no durations without an action potential, no campaign without repolarisation."""

from pathlib import Path

import numpy as np
import pytest

from pointes import cells
from pointes.campaign.prepare import prepare
from pointes.errors import UserError
from pointes.vocabulary import Status

# A bistable membrane: {rest} to 20 mV, with a gate that ends the action potential, and calcium that follows V
CELL = """
[[model]]
membrane.V = {rest}
membrane.h = 1
calcium.Cai = 1e-4

[engine]
time = 0 [ms] in [ms] bind time
pace = 0 bind pace

[membrane]
u = (V - {rest} [mV]) / (20 [mV] - {rest} [mV])
drive = if(engine.time % 1000 [ms] >= {pulse} [ms] and engine.time % 1000 [ms] < {pulse} [ms] + 1 [ms], 30, 0)
i_Na = -100 * {excitable} * h * u^2 * (1 - u) / 0.3
i_Kr = 100 * u / 6
dot(V) = -(i_Na + i_Kr) + drive + {stimulus} * engine.pace
    in [mV]
    label membrane_potential
dot(h) = if(u < 0.13, (1 - h) / 120, -h / 150)

[calcium]
dot(Cai) = (1e-4 [mM] + 1e-3 [mM] * membrane.u - Cai) / 30 [ms]
    in [mM]

[[protocol]]
1 0 1 1000 0
"""
PROJECT = Path(__file__).parents[3]
NEVER = -5  # ms
DURATIONS = [*(f"apd{p}_ms" for p in (30, 40, 50, 90)), "triangulation_ms", *(f"catd{p}_ms" for p in (50, 80, 90))]


def compiled(folder, rest=-80, excitable=1, pulse=NEVER, stimulus=30):
    path = folder / f"cell{rest}{excitable}{pulse}{stimulus}.mmt"
    path.write_text(CELL.format(rest=rest, excitable=excitable, pulse=pulse, stimulus=stimulus))
    return cells.load(str(path))


def durations(result):
    return np.array([result[name][0] for name in DURATIONS])


def test_an_action_potential_has_durations(tmp_path):
    result = cells.pace(compiled(tmp_path), {})
    assert 250 < result["apd90_ms"] < 350
    assert np.isfinite(durations(result)).all()


@pytest.mark.parametrize(("excitable", "stimulus"), [(0, 30), (1, 5), (0, 0.01)])
def test_a_trace_without_an_action_potential_has_none(excitable, stimulus, tmp_path):
    """The stimulus alone lifts V by 25 mV, by 5 mV or by a hundredth."""
    result = cells.pace(compiled(tmp_path, excitable=excitable, stimulus=stimulus), {})
    assert -80 < result["vpeak_mV"] < -50
    assert result["status"] == Status.FAILED
    assert np.isnan(durations(result)).all()


def test_an_unpaced_cell_at_rest_has_none(tmp_path):
    for model in (compiled(tmp_path), cells.load("ohara-2011", "mid")):
        result = cells.pace(model, {}, stimulus_duration=0, beats=2)
        assert result["vpeak_mV"] < -75
        assert np.isnan(durations(result)).all()


def test_durations_of_an_unpaced_beat_begin_with_its_upstroke(tmp_path):
    paced = cells.pace(compiled(tmp_path), {})
    pulsed = cells.pace(compiled(tmp_path, pulse=300), {}, stimulus_duration=0)
    assert pulsed["t_dvdt_max_ms"] == pytest.approx(300 + paced["t_dvdt_max_ms"], abs=0.01)
    assert durations(pulsed) == pytest.approx(durations(paced), abs=0.1)


def test_durations_of_several_action_potentials_cannot_be_told(tmp_path):
    model = compiled(tmp_path, pulse=20)
    two = cells.pace(model, {}, stimulus_duration=0, cycle_length=2000)
    assert two["vpeak_mV"] > 0
    assert np.isnan(durations(two)).all()


def test_a_cell_that_stays_depolarised_has_none(tmp_path):
    """It rests at -20 mV, and the stimulus lifts it to a bump above 0 mV."""
    result = cells.pace(compiled(tmp_path, rest=-20, excitable=0), {}, beats=2)
    assert result["vpeak_mV"] > 0
    assert result["repolarisation_failure"] == 1
    assert np.isnan(durations(result)).all()


def begun(model, folder):
    values = {
        "model": {"name": str(folder / f"{model.name}.mmt")},
        "parameters": {"blocks": {"INa": [0, 1], "IKr": [0, 0.5]}},
        "name": "rest",
    }
    return prepare(values, "c.yaml", PROJECT, folder)


def test_a_campaign_is_not_begun_with_a_cell_that_rests_above_the_level_of_repolarisation(tmp_path):
    model = compiled(tmp_path, rest=-58)
    assert cells.pace(model, {})["repolarisation_failure"] == 1
    message = r"c\.yaml: model\.name: the resting potential of cell.*, -58 mV, is above -60 mV: every beat counts as"
    with pytest.raises(UserError, match=message) as error:
        begun(model, tmp_path)
    assert "\n" not in str(error.value)


def test_a_campaign_is_begun_with_a_cell_that_rests_below(tmp_path):
    model = compiled(tmp_path)
    assert cells.cannot_repolarise(model) is None
    assert begun(model, tmp_path).folder == tmp_path / "rest"


@pytest.mark.parametrize("name", ["stewart-2009", "mitchell-schaeffer-2003"])
def test_cells_that_beat_by_themselves_or_have_no_unit_may_be_used(name):
    assert cells.cannot_repolarise(cells.load(name)) is None


def test_campaign_is_not_begun_with_a_cell_that_its_stimulus_does_not_excite(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    compiled(tmp_path, stimulus=5)
    (path,) = tmp_path.glob("*.mmt")
    values = {
        "model": {"name": str(path)},
        "parameters": {"blocks": {"INa": [0, 1], "IKr": [0, 1]}},
        "drugs": None,
    }
    with pytest.raises(UserError, match=r"a stimulus of 1 ms does not excite .*: its potential stays below") as caught:
        prepare(values, "c.yaml", PROJECT)
    assert "by protocol.stimulus_duration or protocol.stimulus_level" in str(caught.value)
    for stronger in ({"stimulus_level": 6}, {"stimulus_duration": 20}):
        assert prepare({**values, "protocol": stronger}, "c.yaml", PROJECT)
