"""Time in the equations: pulses that no state announces are met, whatever their shape, their beat and their number."""

import re
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from pointes import cells
from pointes.cells.population import lane_row, population
from pointes.cells.stepper import Row

TAU = 200.0  # ms


def gaussian(t, width):
    return np.exp(-((t / width) ** 2))


# What goes into a leaky integrator of its own, in Myokit's language with the time t in ms; the same in Python; the
# places between which that is smooth, or zero
PULSES = {
    "between two times": ("if(t > 30 and t < 31, 1, 0)", lambda t: 30 < t < 31, [30, 31]),
    "every 400 ms, by floor": (
        "if(t - floor(t / 400) * 400 >= 60.25 and t - floor(t / 400) * 400 <= 61.25, 1, 0)",
        lambda t: 60.25 <= t % 400 <= 61.25,
        [60.25, 61.25, 460.25, 461.25, 860.25, 861.25],
    ),
    "every 500 ms, by remainder": (
        "if((t - 90) % 500 < 1.5, 1, 0)",
        lambda t: (t - 90) % 500 < 1.5,
        [90, 91.5, 590, 591.5],
    ),
    "piecewise": ("piecewise(t < 120, 0, t < 120.1, 5, t > 333, 0, 0)", lambda t: 5 * (120 <= t < 120.1), [120, 120.1]),
    "not": ("if(not (t < 150 or t >= 151.5), 1, 0)", lambda t: 150 <= t < 151.5, [150, 151.5]),
    "counted": ("if(t // 180 == 1 and t % 180 < 2, 1, 0)", lambda t: 180 <= t < 182, [180, 182]),
    "rectified": ("if(abs(t - 211) < 1, 1 - abs(t - 211), 0)", lambda t: max(0, 1 - abs(t - 211)), [210, 211, 212]),
    "Gaussian": ("exp(-((t - 240) / 0.6)^2)", lambda t: gaussian(t - 240, 0.6), [235, 240, 245]),
    "Gaussian of 10 us": ("99 * exp(-((t - 270.1) / 0.01)^2)", lambda t: 99 * gaussian(t - 270.1, 0.01), [270, 270.2]),
    "Gaussian of 0.1 us": (
        "1e4 * exp(-((t - 291) / 1e-4)^2)",
        lambda t: 1e4 * gaussian(t - 291, 1e-4),
        [290.999, 291.001],
    ),
    "Lorentzian": ("2 / (1 + ((t - 310) / 0.2)^2)", lambda t: 2 / (1 + ((t - 310) / 0.2) ** 2), [300, 309, 311, 320]),
    "hyperbolic": (
        "8 / (exp(4 * (t - 340)) + exp(4 * (340 - t)))",
        lambda t: 4 / np.cosh(min(4 * abs(t - 340), 700)),
        [335, 345],
    ),
    "ramps": (
        "piecewise(t < 370, 0, t < 371, t - 370, t < 372, 372 - t, 0)",
        lambda t: max(0, min(t - 370, 372 - t)),
        [370, 371, 372],
    ),
    "alpha function": (
        "if(t > 430, (t - 430) * exp(-(t - 430) / 1.5), 0)",
        lambda t: (t > 430) * (t - 430) * np.exp(-(t - 430) / 1.5),
        [430, 440, 470],
    ),
    "peak of a sine": (
        "if(sin((t - 490) / 100) > 0.99998, 1, 0)",
        lambda t: np.sin((t - 490) / 100) > 0.99998,
        [490 + 100 * np.arcsin(0.99998), 490 + 100 * (np.pi - np.arcsin(0.99998))],
    ),
    "power of a cosine": (
        "3 * cos((t - 540) / 400)^200000",
        lambda t: 3 * np.cos((t - 540) / 400) ** 200000,
        [530, 550],
    ),
    "square root": (
        "sqrt(if(t > 690 and t < 691, 691 - t, 0))",
        lambda t: np.sqrt(691 - t) if 690 < t < 691 else 0,
        [690, 691],
    ),
}


def integrators(pulses):
    """A cell with a state for each pulse, that gathers it and forgets it with the time constant TAU."""
    initial = "\n".join(f"all.x{k} = 0" for k in range(len(pulses)))
    rates = "\n".join(f"dot(x{k}) = {pulse} - x{k} / {TAU}" for k, pulse in enumerate(pulses))
    return (
        f"[[model]]\nall.V = -80\n{initial}\n[engine]\ntime = 0 [ms] in [ms] bind time\n[all]\nuse engine.time as t\n"
        f"dot(V) = -(V + 80) / 20 in [mV]\n{rates}\n"
    )


def gathered(pulse, places, end):
    """The state of an integrator at the end, by quadrature."""
    places = [0, *places, end]
    parts = [np.linspace(a, b, 1 + int(np.ceil((b - a) / 5))) for a, b in pairwise(places)]
    return sum(
        quad(lambda t: pulse(t) * np.exp((t - end) / TAU), a, b, epsabs=1e-9, limit=500)[0]
        for part in parts
        for a, b in pairwise(part)
    )


def compiled(folder, text, name="timed.mmt", **options):
    path = folder / name
    path.write_text(text)
    return cells.load(str(path), **options)


def steps_of(model, beats=1, **options):
    """Steps of each beat of an unpaced cell."""
    paced = population(model, {}, stimulus_duration=0, **options)
    bundle, _ = next(paced.bundles())
    steps = []
    for _ in range(beats):
        paced.beat(bundle)
        steps.append(lane_row(model, bundle, Row.STEPS)[0])
    return steps


@pytest.fixture(scope="module")
def all_pulses(tmp_path_factory):
    texts = [pulse for pulse, _, _ in PULSES.values()]
    return compiled(tmp_path_factory.mktemp("timing"), integrators(texts), "all.mmt")


def test_no_pulse_is_missed(all_pulses):
    """Between them steps grow to 10 ms: each must be found by itself."""
    options = {"cycle_length": 950.0, "stimulus_duration": 0}
    state = cells.pace(all_pulses, {}, **options, final_state=True)["state"][0, 1:]
    for found, (name, (_, pulse, places)) in zip(state, PULSES.items(), strict=True):
        assert found == pytest.approx(gathered(pulse, places, 950.0), abs=2e-3), name
    assert np.diff(cells.trace(all_pulses, {}, **options)["time_ms"]).max() > 5
    assert steps_of(all_pulses, cycle_length=950.0)[0] < 2500


def test_what_alternates_is_followed(tmp_path):
    model = compiled(tmp_path, integrators(["0.5 * sin(t) + 0.5 * cos(t / 3)", "sin(t / 30)^3"]))
    state = cells.pace(model, {}, cycle_length=950, stimulus_duration=0, final_state=True)["state"][0, 1:]
    courses = [lambda t: 0.5 * np.sin(t) + 0.5 * np.cos(t / 3), lambda t: np.sin(t / 30) ** 3]
    assert state == pytest.approx([gathered(course, [], 950.0) for course in courses], abs=2e-3)


def test_a_conductance_that_opens_for_a_moment(tmp_path):
    """What depends on time is a factor of what depends on states."""
    text = integrators([]).replace("-(V + 80) / 20", "-(V + 80) / 20 - 2 * exp(-((t - 300) / 0.3)^2) * V")
    found = cells.trace(compiled(tmp_path, text), {}, stimulus_duration=0)
    model = solve_ivp(
        lambda t, y: -(y + 80) / 20 - 2 * gaussian(t - 300, 0.3) * y,
        (0, 1000),
        [-80],
        rtol=1e-9,
        atol=1e-9,
        max_step=0.1,
    )
    assert found["v_mV"].max() > -35
    assert found["v_mV"] == pytest.approx(np.interp(found["time_ms"], model.t, model.y[0]), abs=0.05)


def test_pulses_keep_their_length_over_many_beats(tmp_path):
    """Periods that are, and are not, those of the beats: 61, 20 and 20 pulses in 20 beats."""
    pulses = ["t - floor(t / 333.3) * 333.3 < 0.5", "t % 1000 < 1", "t % 1000 >= 999"]
    text = integrators([f"if({condition}, 1, 0)" for condition in pulses]).replace(f" / {TAU}", " * 0")
    result = cells.pace(compiled(tmp_path, text), {}, beats=20, stimulus_duration=0, final_state=True)
    assert result["state"][0, 1:] == pytest.approx([0.5 * 61, 20, 20], abs=1e-3)


CELL = """
[[model]]
membrane.V = -80
gate.h = 1

[engine]
time = 0 [{time}] in [{time}] bind time
pace = 0 bind pace

[stimulus]
start = 300 [ms] in [ms]
t = engine.time {per_ms}
level = {level}

[membrane]
u = (V + 80 [mV]) / 100 [mV]
dot(V) = ((100 * gate.h * u^2 * (1 - u) / 0.3 - 100 * u / 6) + stimulus.level + 30 * engine.pace) {to_unit}
    in [mV]
    label membrane_potential

[gate]
dot(h) = if(membrane.u < 0.13, (1 - h) / 120, -h / 150) {to_unit}

[[protocol]]
1 0 1 1000 0
"""
MS = {"time": "ms", "per_ms": "", "to_unit": ""}
SECONDS = {"time": "s", "per_ms": "* 1000", "to_unit": "* 1000"}
GAUSSIAN = "30 * exp(-((t - floor(t / 1000) * 1000 - start) / 0.6)^2)"


def course(level, edges, end, initial=(-80.0, 1.0)):
    """(n, 2) array of time [ms] and potential [mV] of the cell, by LSODA from edge to edge of the pulses."""
    places, y, rows = [0.0, *edges, end], list(initial), []
    for a, b in pairwise(places):

        def rates(t, y, a=a, b=b):
            u = (y[0] + 80) / 100
            drive = level(min(max(t, a + 1e-9), b - 1e-9))
            return [
                100 * y[1] * u**2 * (1 - u) / 0.3 - 100 * u / 6 + drive,
                (1 - y[1]) / 120 if u < 0.13 else -y[1] / 150,
            ]

        found = solve_ivp(rates, (a, b), y, "LSODA", rtol=1e-9, atol=1e-10, max_step=max((b - a) / 50, 0.1))
        rows.append(np.column_stack([found.t, found.y[0]]))
        y = found.y[:, -1]
    return np.concatenate(rows)


@pytest.mark.parametrize("units", [MS, SECONDS], ids=["ms", "s"])
def test_gaussian_stimulus_in_the_equations_evokes_every_beat(units, tmp_path):
    """Myokit CVODES at 1e-8: the peak is 14.54 mV."""
    model = compiled(tmp_path, CELL.format(level=GAUSSIAN, **units), f"{units['time']}.mmt")
    for beats in (1, 3, 10):
        result = cells.pace(model, {}, beats=beats, stimulus_duration=0)
        assert result["vpeak_mV"] == pytest.approx(14.54, abs=0.02)
        assert result["t_vpeak_ms"] == pytest.approx(304.5, abs=0.1)
    assert max(steps_of(model, 3)) < 400


def test_a_pulse_may_come_in_any_beat(tmp_path):
    model = compiled(tmp_path, CELL.format(level="if(t >= 3500 [ms] and t < 3501 [ms], 30, 0)", **MS))
    trace = cells.trace(model, {}, beats=4, keep=4, stimulus_duration=0)
    expected = course(lambda t: 30 * (3500 <= t < 3501), [3500, 3501], 4000.0)
    assert trace["v_mV"][trace["time_ms"] < 3500].max() < -79.9
    assert trace["v_mV"].max() == pytest.approx(expected[:, 1].max(), abs=0.02)
    assert trace["v_mV"] == pytest.approx(np.interp(trace["time_ms"], *expected.T), abs=0.2)


def test_a_pulse_in_the_equations_follows_our_stimulus(tmp_path):
    model = compiled(tmp_path, CELL.format(level="if((t - 420) % 500 < 0.8, 45, 0)", **MS))
    trace = cells.trace(model, {})
    pulses = [420, 420.8, 920, 920.8]
    expected = course(lambda t: 30 * (t < 1) + 45 * ((t - 420) % 500 < 0.8), [1, *pulses], 1000.0)
    assert trace["v_mV"] == pytest.approx(np.interp(trace["time_ms"], *expected.T), abs=0.3)


def test_parameters_move_the_edges_of_each_cell(tmp_path):
    text = CELL.format(level="if(t >= start and t < start + 1 [ms], 30, 0)", **MS)
    model = compiled(tmp_path, text, vary=("stimulus.start",))
    starts = np.array([300.0, 12.5, 777.25])
    together = cells.pace(model, {}, values={"stimulus.start": starts}, stimulus_duration=0)
    assert together["t_vpeak_ms"] - starts == pytest.approx(np.full(3, together["t_vpeak_ms"][0] - 300), abs=0.3)
    assert together["vpeak_mV"] == pytest.approx(np.full(3, together["vpeak_mV"][0]), abs=0.01)
    for k, start in enumerate(starts):
        alone = cells.pace(model, {}, values={"stimulus.start": start}, stimulus_duration=0)
        assert alone["vpeak_mV"][0] == together["vpeak_mV"][k]


def test_kernel_with_time_in_its_equations_is_simd(tmp_path):
    model = compiled(tmp_path, CELL.format(level=GAUSSIAN, **MS))
    model.kernel.rates.recompile()
    (assembly,) = model.kernel.rates.inspect_asm().values()
    packed = len(re.findall(r"\bv?(?:add|sub|mul|div|fn?m\w+)pd\b|\bvfn?m\w+pd\b", assembly))
    scalar = len(re.findall(r"\bv?(?:add|sub|mul|div)sd\b|\bvfn?m\w+sd\b", assembly))
    assert packed > 100
    assert scalar < 0.02 * packed


def test_time_that_no_rate_depends_on_costs_nothing(tmp_path):
    text = CELL.format(level="0 * engine.pace", **MS)
    with_clock = compiled(tmp_path, text.replace("[membrane]", "[clock]\nphase = engine.time % 10\n\n[membrane]"))
    assert steps_of(with_clock) == steps_of(compiled(tmp_path, text, "without.mmt"))
