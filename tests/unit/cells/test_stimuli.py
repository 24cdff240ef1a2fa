"""Stimuli that are written into the equations: equal pulses give way to ours, all others stay as they are."""

import myokit
import pytest
from myokit.formats import exporter

from pointes import cells
from pointes.cells.parsing import read
from pointes.errors import UserError

# A cell of Mitchell and Schaeffer (2003, doi:10.1016/S0092-8240(03)00041-7) in mV and {unit}
CELL = """
[[model]]
membrane.V = -80
gate.h = 1

[engine]
time = 0 [{unit}] in [{unit}] bind time

[membrane]
use engine.time as t
ms = {ms} [{unit}]
u = (V + 80 [mV]) / 100 [mV]
i_in = -100 * gate.h * u^2 * (1 - u) / 0.3
i_out = 100 * u / 6
{stimulus}
dot(V) = -({total}) / ms
    in [mV]

[gate]
dot(h) = if(membrane.u < 0.13, (1 - h) / 120, -h / 150) / membrane.ms
"""


def cell(stimulus, total="i_in + i_out + i_stim", ms=1):
    """The text of a cell with the given equations of its stimulus; they are given in the model's unit of time."""
    lines = "\n".join(line.strip() for line in stimulus.strip().splitlines())
    return CELL.format(stimulus=lines, total=total, ms=ms, unit={1: "ms", 1e-3: "s"}[ms])


# Equal pulses of 30 A/F: their equations, and how long they last [ms]
EQUAL = {
    "piecewise": ("i_stim = piecewise(t % 1000 < 300, 0, t % 1000 < 301, -30, 0)", 1.0),
    "behind a minus": ("i_stim = -if(t % 1000 < 1, 30, 0)", 1.0),
    "in a product": ("i_stim = a * if(t % 1000 >= 10 and t % 1000 <= 12, 1, 0)\na = -30", 2.0),
    "in a quotient": ("i_stim = -(if(t % 1000 < 1.5, 3000, 0) / C)\nC = 100", 1.5),
    "over several variables": (
        "i_stim = a * switch\na = -30\nswitch = if(phase < width, 1, 0)\nphase = (t - start) % period\n"
        "start = 50\nperiod = 700\nwidth = 2",
        2.0,
    ),
    "nested variables": (
        "i_stim = if((t - offset) % period < duration, 1, 0) * -30\n"
        "    offset = 300\n    period = 1000\n    duration = 1.25",
        1.25,
    ),
    "on from when to when": (
        "i_stim = if(t >= 100 and t <= 1e5 and t - 100 - floor((t - 100) / 900) * 900 <= 1, a, 0)\na = -30",
        1.0,
    ),
    "opposite condition": ("i_stim = if(not (t % 1000 > 5) and not (t % 1000 < 4), -30, 0)", 1.0),
    "two steps": ("i_stim = if(t % 1000 > 10, -30, 0) - if(t % 1000 > 12, -30, 0)", 2.0),
    "within another piecewise": ("i_stim = if(t < 1e7, if(t % 1000 < 1, -30, 0), 0)", 1.0),
    "time dependent factors": ("i_stim = if(t % 1000 < 1, a, 0)\na = if(t % 1000 < 500, -30, 0)", 1.0),
    "only once": ("i_stim = if(t >= 10 and t < 13, -30, 0)", 3.0),
    "late": ("i_stim = if(t >= 500000 and t < 500003, -30, 0)", 3.0),
    "a background beside": ("i_stim = 0.2 * V / 80 + if(t % 1000 < 1, -30, 0)", 1.0),
    "on a pedestal": ("i_stim = if(t % 1000 < 1, -30, -0.25)", 1.0),
}


def rates_of_potential(model, **inputs):
    return myokit.Model.evaluate_derivatives(model, inputs=inputs)[0]


@pytest.mark.parametrize("name", EQUAL)
def test_equal_pulses_are_replaced_by_pace(name):
    equations, duration = EQUAL[name]
    found = read(cell(equations), "m.mmt")
    assert (found.stimulus_duration, found.stimulus_level) == (pytest.approx(duration, rel=1e-8), 1.0)
    model, time = found.model, myokit.Name(found.model.time())
    assert not any(state.rhs().depends_on(time, deep=True) for state in model.states())
    off, on = (rates_of_potential(model, pace=level) for level in (0, 1))
    assert on - off == pytest.approx(29.75 if "pedestal" in name else 30.0)
    reference = myokit.parse(cell(equations))[0]
    assert off == pytest.approx(rates_of_potential(reference, time=999.0))
    assert not any("stim" in current for current in found.conductances) or "background" in name


@pytest.mark.parametrize(
    "total",
    [
        "i_in + i_out + if(t % 1000 < 1, -30, 0)",
        "i_in + i_out - if(t % 1000 < 1, 30, 0)",
        "i_in + i_out + -30 * if(t % 1000 < 1, 1, 0)",
    ],
)
def test_pulses_in_the_equation_of_the_potential(total):
    found = read(cell("", total), "m.mmt")
    assert (found.stimulus_duration, found.stimulus_level) == (1.0, 1.0)
    assert rates_of_potential(found.model, pace=1) - rates_of_potential(found.model, pace=0) == pytest.approx(30)


def test_pulses_in_seconds():
    found = read(cell("i_stim = -if((t - 0.1) % 1 < 0.002, 30, 0)", ms=1e-3), "m.mmt")
    assert (found.stimulus_duration, found.stimulus_level) == (pytest.approx(2.0), 1.0)


def test_pulses_also_act_on_ions():
    """Where the stimulus is used twice, both uses follow our pace."""
    text = cell("i_stim = scale * pulse\nscale = 2\npulse = if(t % 1000 < 1, -15, 0)")
    text = text.replace("gate.h = 1", "gate.h = 1\nions.K = 140") + "\n[ions]\ndot(K) = -membrane.pulse\n"
    model = read(text, "m.mmt").model
    assert model.evaluate_derivatives(inputs={"pace": 1})[2] == 15
    assert model.evaluate_derivatives(inputs={"pace": 0})[2] == 0


def test_strength_of_the_stimulus_can_be_set(tmp_path):
    path = tmp_path / "m.mmt"
    path.write_text(cell("i_stim = -amplitude * if(t % 1000 < 1, 1, 0)\namplitude = 30"))
    model = cells.load(str(path), vary=("membrane.amplitude",))
    weak = cells.pace(model, {}, values={"membrane.amplitude": 3.0}, cycle_length=1000.0)
    strong = cells.pace(model, {}, cycle_length=1000.0)
    assert weak["vpeak_mV"] < -70
    assert strong["vpeak_mV"] > 10


def test_times_of_pulses_that_are_replaced_cannot_be_set(tmp_path):
    path = tmp_path / "m.mmt"
    path.write_text(cell("i_stim = if(t % period < 1, -30, 0)\nperiod = 1000"))
    with pytest.raises(
        UserError, match=r"m\.mmt: parameter: 'membrane\.period'; expected a constant that has an effect on a state"
    ):
        cells.load(str(path), vary=("membrane.period",))


@pytest.mark.parametrize("version", ["cellml1", "cellml2"])
def test_stimulus_that_myokit_embeds_in_cellml(tmp_path, version):
    """APD90 at the fifth beat by CVODES at a tolerance of 1e-8, with the pulses of the file."""
    text = cell("i_stim = -30 * pace\npace = 0 bind pace") + "\n[[protocol]]\n1 0 1 1000 0\n"
    model, protocol, _ = myokit.parse(text)
    path = tmp_path / "m.cellml"
    exporter(version).model(str(path), model, protocol)
    assert "piecewise" in path.read_text()
    found = cells.load(str(path))
    assert found.stimulus_duration == 1.0
    result = cells.pace(found, {}, cycle_length=1000.0, beats=5)
    assert result["apd90_ms"] == pytest.approx(286.58, abs=0.1)


# What is kept as it is
OWN = {
    "prepulse": "i_stim = piecewise(t % 1000 < 1, -5, t % 1000 < 100, 0, t % 1000 < 101, -30, 0)",
    "two intervals": "i_stim = if(t % 1000 < 1 or (t % 1000 >= 300 and t % 1000 < 301), -30, 0)",
    "a last one early": "i_stim = if(t % 1000 < 1 and t < 9500 or (t >= 9300 and t < 9301), -30, 0)",
    "a last one much later": "i_stim = if((t % 1000 < 1 and t < 1e5) or (t >= 100300 and t < 100301), -30, 0)",
    "two durations": "i_stim = if(t % 2000 < 1 or (t % 2000 >= 1000 and t % 2000 < 1003), -30, 0)",
    "two stimuli": "i_stim = i_1 + i_2\ni_1 = if(t % 1000 < 1, -30, 0)\ni_2 = if(t % 700 < 1, -3, 0)",
    "in two places": "i_stim = (u + one) - (two - u)\none = if(t % 1000 < 1, -30, 0)\ntwo = if(t % 700 < 1, 3, 0)",
    "three pulses far apart": "i_stim = if(t % 1e5 < 1 and t < 200300, -30, 0)",
    "two pulses": "i_stim = if(t < 1 or (t >= 300 and t < 301), -30, 0)",
    "Gaussian": "i_stim = -30 * exp(-((t % 1000 - 300) / 60)^2)",
    "ramp": "i_stim = -0.001 * t",
    "step": "i_stim = if(t > 100, -5, 0)",
    "long step": "i_stim = if(t > 100 and t < 600, -5, 0)",
    "channels that close": "i_stim = if(t % 1000 < 1, 0.9, 1) * u",
    "conductance that drifts": "i_stim = 0.2 * u * if(t > 5000, 0.5, 1)",
    "nothing": "i_stim = 0",
}


@pytest.mark.parametrize("name", OWN)
def test_whatever_else_depends_on_the_time_stays_as_it_is(name):
    text = cell(OWN[name])
    found, reference = read(text, "m.mmt"), myokit.parse(text)[0]
    assert found.stimulus_level == 0.0
    for time in (0.5, 100.5, 300.2, 1000.5, 9300.5):
        expected = reference.evaluate_derivatives(inputs={"time": time})
        assert found.model.evaluate_derivatives(inputs={"time": time}) == expected


def test_own_stimuli_act_on_a_cell_that_is_not_paced(tmp_path):
    """A weak pulse and a strong one: such a cell is not paced, but left alone it has a beat."""
    path = tmp_path / "m.mmt"
    path.write_text(cell("i_stim = piecewise(t < 1, -5, t < 4, 0, t < 7, -30, 0)"))
    model = cells.load(str(path))
    with pytest.raises(UserError, match="no stimulus"):
        cells.pace(model, {}, cycle_length=1000.0)
    trace = cells.trace(model, {}, cycle_length=1000.0, stimulus_duration=0.0)
    assert trace["v_mV"][trace["time_ms"] < 3.9].max() < -70
    assert trace["v_mV"].max() > 10
