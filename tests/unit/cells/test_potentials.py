"""Cells of several potentials that are joined, as surface and t-tubules (Pásek et al. 2008) or soma and dendrite."""

import re

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from pointes import cells
from pointes.cells.population import lane_row, population
from pointes.cells.stepper import Row
from pointes.errors import UserError
from pointes.tissue.solver.reaction import load as load_tissue
from pointes.vocabulary import Status

# A Mitchell-Schaeffer-like surface membrane; {compartments} are the others, {axial} the current into them [mV/ms]
SURFACE = """
[[model]]
membrane.V = -80
gate.h = 1
{initial}

[engine]
time = 0 [ms] in [ms] bind time
pace = 0 bind pace

[membrane]
u = (V + 80 [mV]) / 100 [mV]
i_in = -100 [mV/ms] * gate.h * u^2 * (1 - u) / 0.3
i_out = 100 [mV/ms] * u / 6
i_stim = -60 [mV/ms] * engine.pace
i_axial = {axial}
tau = {tau} [ms] in [ms]
dot(V) = -(i_in + i_out + i_stim + i_axial)
    in [mV]
    label membrane_potential

[gate]
dot(h) = if(membrane.u < 0.13, (1 - h) / 120 [ms], -h / 150 [ms])

[tubule]
{compartments}

[[protocol]]
1 0 1 1000 0
"""
ONE = "dot(Vt) = membrane.i_axial in [mV]"
TWO = "dot(Vt) = membrane.i_axial - (Vt - Vi) / membrane.tau in [mV]\ndot(Vi) = (Vt - Vi) / membrane.tau in [mV]"
# A tubule with a membrane of its own, whose gate opens with its potential
ACTIVE = """
dot(Vt) = membrane.i_axial - 2 [mS/uF] * m * (Vt - 50 [mV]) * gate.h^4 - 0.1 [mS/uF] * (Vt + 80 [mV]) in [mV]
dot(m) = (1 / (1 + exp(-(Vt + 40 [mV]) / 5 [mV])) - m) / 0.1 [ms]
"""
LINEAR = "(V - tubule.Vt) / tau"
BENT = "(V - tubule.Vt) * (1 + ((V - tubule.Vt) / 1 [mV])^2) / tau"

CASES = {
    "surface and tubule": (LINEAR, ONE, ("Vt",)),
    "a chain of three": (LINEAR, TWO, ("Vt", "Vi")),
    "nonlinear coupling": (BENT, ONE, ("Vt",)),
    "a tubule with currents of its own": (LINEAR, ACTIVE, ("Vt", "m")),
}


def text_of(case, tau):
    axial, compartments, states = CASES[case]
    initial = "\n".join(f"tubule.{name} = {-80 if name.startswith('V') else 0}" for name in states)
    return SURFACE.format(axial=axial, compartments=compartments, initial=initial, tau=tau)


def compiled(folder, text, **options):
    path = folder / "joined.mmt"
    path.write_text(text)
    return cells.load(str(path), **options)


def rates_of(case, tau):
    """The same equations by hand: rates [1/ms] of V, h and the states of the tubule, with the stimulus on or off."""

    def rates(_, y, pace):
        v, h, vt, *rest = y
        u, apart = (v + 80) / 100, v - vt
        axial = apart * (1 + apart**2) / tau if case == "nonlinear coupling" else apart / tau
        dv = 100 * h * u**2 * (1 - u) / 0.3 - 100 * u / 6 + 60 * pace - axial
        dh = (1 - h) / 120 if u < 0.13 else -h / 150
        if case == "a chain of three":
            inner = (vt - rest[0]) / tau
            return [dv, dh, axial - inner, inner]
        if case == "a tubule with currents of its own":
            dvt = axial - 2 * rest[0] * (vt - 50) * h**4 - 0.1 * (vt + 80)
            return [dv, dh, dvt, (1 / (1 + np.exp(-(vt + 40) / 5)) - rest[0]) / 0.1]
        return [dv, dh, axial]

    return rates


def reference(case, tau):
    """Peak [mV], and when V goes down through 90 % repolarisation [ms], in the first beat: by an implicit solver."""
    rates, y = rates_of(case, tau), [-80.0, 1.0, *(-80.0 if name.startswith("V") else 0.0 for name in CASES[case][2])]
    on = solve_ivp(rates, (0, 1), y, "Radau", args=(1,), rtol=1e-8, atol=1e-9)
    off = solve_ivp(rates, (1, 1000), on.y[:, -1], "Radau", args=(0,), rtol=1e-8, atol=1e-9, dense_output=True)
    time = np.linspace(1, 1000, 200_000)
    v = off.sol(time)[0]
    peak = max(v.max(), on.y[0].max())
    level = peak - 0.9 * (peak + 80)
    return peak, time[np.flatnonzero((v[:-1] > level) & (v[1:] <= level))[-1]]


def steps_of_a_beat(model, **options):
    paced = population(model, {}, **options)
    bundle, _ = next(paced.bundles())
    paced.beat(bundle)
    return lane_row(model, bundle, Row.STEPS)[0]


@pytest.mark.parametrize("case", CASES)
def test_joined_potentials_are_advanced_together(case, tmp_path):
    """Half a microsecond and a nanosecond between them: the right beat, in as many steps as with one potential."""
    model = compiled(tmp_path, text_of(case, 5e-4), vary=("membrane.tau",))
    for tau in (5e-4, 1e-6):
        tied = {"values": {"membrane.tau": tau}}
        result = cells.pace(model, {}, **tied)
        peak, repolarised = reference(case, tau)
        assert result["status"] == Status.OK
        assert result["vpeak_mV"] == pytest.approx(peak, abs=0.02)
        assert result["apd90_ms"] + result["t_dvdt_max_ms"] == pytest.approx(repolarised, abs=0.1)
        assert steps_of_a_beat(model, **tied) < 700


def test_third_beat_of_surface_and_tubule(tmp_path):
    """Myokit CVODES at 1e-8: APD90 314.03 ms from a largest dV/dt found in steps of 0.1 ms, peak 14.38 mV."""
    result = cells.pace(compiled(tmp_path, text_of("surface and tubule", 5e-4)), {}, beats=3)
    assert result["apd90_ms"] == pytest.approx(314.03, abs=0.15)
    assert result["vpeak_mV"] == pytest.approx(14.38, abs=0.01)
    assert result["t_dvdt_max_ms"] == 1.0  # not when the stimulus begins, which the surface alone feels for 0.5 us


def test_units_are_not_needed(tmp_path):
    text = text_of("a chain of three", 5e-4)
    with_units, bare = compiled(tmp_path, text), compiled(tmp_path, re.sub(r"(in )?\[(mV|ms|mV/ms|mS/uF)\]", "", text))
    expected, result = cells.pace(with_units, {}), cells.pace(bare, {})
    assert result["apd90_ms"] == pytest.approx(expected["apd90_ms"], abs=1e-6)
    assert steps_of_a_beat(bare) == steps_of_a_beat(with_units)


def test_a_parameter_may_join_them_closer(tmp_path):
    loose = compiled(tmp_path, text_of("surface and tubule", 5), vary=("membrane.tau",))
    close = {"values": {"membrane.tau": 5e-4}}
    peak, _ = reference("surface and tubule", 5e-4)
    assert cells.pace(loose, {}, **close)["vpeak_mV"] == pytest.approx(peak, abs=0.02)
    assert steps_of_a_beat(loose, **close) < 700


def test_rate_of_the_potential_is_that_of_its_course(tmp_path):
    """Stiff axial currents must not spoil dV/dt, on which upstroke velocity and margin rest."""
    model = compiled(tmp_path, text_of("surface and tubule", 5e-4))
    result, precise = cells.pace(model, {}), cells.pace(model, {}, tolerance=1e-7)
    for name in ("dvdt_max_V_per_s", "dvdt_max_after_stim_V_per_s", "margin_V_per_s"):
        assert result[name] == pytest.approx(precise[name], rel=0.01, abs=5e-3), name


def test_tissue_wants_one_potential(tmp_path):
    path = tmp_path / "joined.mmt"
    path.write_text(text_of("surface and tubule", 5e-4))
    with pytest.raises(
        UserError, match=r"potentials of one cell: .membrane\.V, tubule\.Vt.; expected cells with a single potential"
    ):
        load_tissue(str(path))
