"""Blocks of currents that model files split and name in many ways: all of a current, and nothing of the stimulus."""

import myokit
import pytest

from pointes import cells
from pointes.cells.parsing import read
from pointes.errors import UserError

CELL = """
[[model]]
membrane.V = -80
gate.h = 1

[engine]
time = 0 [ms] in [ms] bind time
pace = 0 bind pace

[membrane]
x = V + 80
stim_amplitude = -30
{stimulus}
{equations}
dot(V) = {total} in [mV] label membrane_potential

[gate]
dot(h) = 0.5 - h
{components}
"""
STIMULUS = "i_stim = engine.pace * stim_amplitude"


def cell(names, total=None, equations="", components="", stimulus=STIMULUS):
    """A cell whose currents have the given names, some in other components; each is another multiple of h x."""
    own, owned = [], {}
    for k, name in enumerate(names):
        component, _, variable = name.rpartition(".")
        line = f"{variable} = {10**k} * gate.h * membrane.x"
        (owned.setdefault(component, []) if component else own).append(line)
    sections = "".join(f"\n[{component}]\n" + "\n".join(lines) + "\n" for component, lines in owned.items())
    total = total or "-(" + " + ".join([*names, "i_stim"]) + ")"
    text = CELL.format(
        total=total, equations="\n".join([*own, equations]), components=components + sections, stimulus=stimulus
    )
    return read(text, "m.mmt")


def taken_away(found, name, pace=1):
    """What a full block of a current takes from -dV/dt at 1 mV above rest, in multiples of h x, and what is left."""
    model = found.model
    whole = model.evaluate_derivatives([-79, 1], inputs={"pace": pace})[0]
    model.get(found.conductances[name]).set_rhs(0)
    left = model.evaluate_derivatives([-79, 1], inputs={"pace": pace})[0]
    return left - whole, -left


# The terms of an equation, a current, and how many of the terms, from the first on, a block of it acts on
SPLIT = [
    # ToR-ORd in CellML, jtmff/torord
    (["ICaL.ICaL", "ICaL.ICaNa_ss", "ICaL.ICaNa_i", "ICaL.ICaK_ss", "ICaL.ICaK_i", "INa"], "ICaL", 5),
    # Tomek 2020 in Myokit
    (["ICaLCa_ss", "ICaLCa_i", "ICaLNa_ss", "ICaLNa_i", "ICaLK_ss", "ICaLK_i", "INa"], "ICaL", 6),
    # Grandi 2010
    (["I_Ca_junc", "I_Ca_sl", "I_CaNa_junc", "I_CaNa_sl", "I_CaK", "I_cabk_junc", "I_cabk_sl"], "ICaL", 5),
    (["I_cabk_junc", "I_Ca_junc", "I_CaNa_junc", "I_CaK"], "ICab", 1),
    # Iyer 2004, Sampson 2010
    (["ICa", "ICaK", "ICaT", "INa"], "ICaL", 2),
    # Jafri 1998
    (["i_Ca_L_Ca", "i_Ca_L_K", "i_Na", "i_NaCa"], "ICaL", 2),
    # Winslow 1999, Fox 2002
    (["i_Ca", "i_Ca_K", "i_Kr", "i_Ks"], "ICaL", 2),
    # Shannon 2004, the terms without their total
    (["i_CaL_Ca_SL", "i_CaL_Ca_jct", "i_CaL_Na_SL", "i_CaL_Na_jct", "i_CaL_K", "i_Cab"], "ICaL", 5),
    # Livshitz and Rudy 2007: in Chaste's file and in Myokit's
    (["ilca", "ilcana", "ilcak", "icab", "icat"], "ICaL", 3),
    (["ical.ical", "ical.inal", "ical.ikl", "icat"], "ICaL", 3),
    # Faber and Rudy 2000
    (["i_CaCa", "i_CaNa", "i_CaK"], "i_CaCa", 1),
    # Matsuoka 2003: i_lCa is another current where there is an i_CaL
    (["i_CaL", "i_lCa", "i_lCa_K"], "ICaL", 1),
    # O'Hara and Rudy 2011 in Chaste, Decker 2009, Heijman 2011
    (["INaCa_i", "INaCa_ss", "INaK", "INa"], "INaCa", 2),
    (["INaCa_cai", "INaCa_ss_sr", "INab"], "INaCa", 2),
    (["INaCa", "INaCaSR", "INab"], "INaCa", 2),
    (["inaca", "inacass", "inak"], "INaCa", 2),
    # Shannon 2004, Grandi 2010
    (["I_Na_junc", "I_Na_sl", "I_nabk_junc", "I_nabk_sl"], "INa", 2),
    (["I_ks_junc", "I_ks_sl", "I_kr"], "IKs", 2),
    (["I_kp_junc", "I_kp_sl", "I_kr"], "I_kp", 2),
    (["IClCa_junc", "IClCa_sl", "IClb"], "IClCa", 2),
    (["I_Ca_Bk_junc", "I_Ca_Bk_sl", "I_CaL"], "ICab", 2),
    (["i_tof", "i_tos", "i_K1"], "Ito", 2),
    # Bondarenko 2004, Corrias 2011, Zhang 2000, Kurata 2002
    (["i_Kto_f", "i_Kto_s", "i_Kss", "i_Ks"], "Ito", 2),
    (["i_to_fast", "i_to_sustained", "i_ks"], "Ito", 2),
    (["i_na_fast", "i_na_late"], "INa", 1),
    (["i_f_na", "i_f_k", "i_nab"], "If", 2),
    (["i_h_Na", "i_h_K", "i_st"], "If", 2),
    # Mahajan 2008 in Chaste, and others that do not begin with an i
    (["xikr", "xiks", "xina"], "IKr", 1),
    (["x_Kr", "x_Ks", "x_Na"], "IKr", 1),
    (["j_Kr", "j_Ks", "j_CaL"], "IKr", 1),
    (["rapid.I_Kr", "slow.I_Ks"], "IKr", 1),
    (["IKr.I", "IKs.I"], "IKr", 1),
    # Nygren 1998, Maleckar 2009, Grandi 2010
    (["i_p", "i_pCa"], "INaK", 1),
    (["i_t", "i_sus"], "Ito", 1),
    (["I_ki", "I_kr"], "IK1", 1),
    # Names that look like parts of a current, without that current
    (["i_CaK", "i_Na"], "i_CaK", 1),
    (["i_Kss", "i_Na"], "i_Kss", 1),
]


@pytest.mark.parametrize(("names", "current", "parts"), SPLIT, ids=lambda value: str(value)[:60])
def test_block_acts_on_all_of_a_current(names, current, parts):
    found = cell(names)
    loss, left = taken_away(found, current)
    assert loss == pytest.approx(sum(10**k for k in range(parts)))
    assert left == pytest.approx(sum(10**k for k in range(parts, len(names))) - 30)
    if parts > 1:
        assert len(found.parts[current]) == parts


@pytest.mark.parametrize(
    ("names", "current", "value"),
    [
        (["ICaL.ICaL", "ICaL.ICaNa_ss", "ICaL.ICaK_i"], "ICaL", 1),
        (["I_Ca_junc", "I_Ca_sl", "I_CaNa_junc"], "ICaL", 11),
        (["INaCa_i", "INaCa_ss"], "INaCa", 11),
        (["i_f_na", "i_f_k"], "If", 11),
    ],
)
def test_value_of_a_current_is_the_sum_over_places(names, current, value):
    """The parts can be observed too, but are not offered for blocks beside the current."""
    found = cell(names)
    density = found.currents[current]
    states = {myokit.Name(state): level for state, level in zip(found.model.states(), (-79, 1), strict=True)}
    assert density.rhs().eval(subst=states) == pytest.approx(value)
    assert set(found.conductances) == {current}
    assert len(found.currents) >= len(names)


TOTALS = [
    # Every total is opened, whatever its name and that of its terms
    ("-Itotal", "Itotal = xina + xikr + i_stim"),
    ("-(cations + i_stim) / 1", "cations = xina + xikr"),
    ("total", "total = -(xina + (xikr + i_stim))"),
    ("-sum_1", "sum_1 = sum_2 + i_stim\nsum_2 = xina + xikr"),
    # The stimulus is a term of a total, and no variable of its own
    ("-i_ion", "i_ion = xina + xikr + engine.pace * stim_amplitude"),
    ("-i_ion", "i_ion = xina + (xikr - engine.pace * 30)"),
    ("-(i_ion / 2)", "i_ion = 2 * xina + 2 * xikr + 2 * i_stim"),
]


@pytest.mark.parametrize(("total", "equations"), TOTALS)
def test_totals_are_opened(total, equations):
    for k, current in enumerate(("INa", "IKr")):
        found = cell(["xina", "xikr"], total, equations)
        assert set(found.conductances) == {"INa", "IKr"}
        loss, left = taken_away(found, current)
        assert loss == pytest.approx(10**k)
        assert left == pytest.approx(11 - 10**k - 30)


@pytest.mark.parametrize(
    ("names", "total", "equations", "blocked"),
    [
        ([], "-i_K", "i_K = 3 * gate.h * x + engine.pace * stim_amplitude", "i_K"),
        ([], "-(0 + i_K)", "i_K = (2 * i_stim + 6 * gate.h * x) / 2", "i_K"),
        ([], "-i_K", "i_K = -(-3 * gate.h * x - i_stim)", "i_K"),
        (["xina", "xikr"], "-i_ion", "i_ion = xina + xikr + i_stim", "membrane.i_ion"),
        (["xina", "xikr"], "-i_ion", "i_ion = i_1 + xikr\ni_1 = i_stim + xina", "membrane.i_ion"),
    ],
)
def test_stimulus_in_a_current_is_not_scaled(names, total, equations, blocked):
    text = CELL.format(
        total=total,
        equations="\n".join([*(f"{name} = gate.h * x" for name in names), equations]),
        components="",
        stimulus=STIMULUS,
    )
    found = read(text, "m.mmt", blockable=(blocked,) if "." in blocked else ())
    _, left = taken_away(found, blocked)
    assert left == pytest.approx(-30)


def test_stimulus_is_not_blocked():
    text = CELL.format(total="-(x + i_stim)", equations="", components="", stimulus=STIMULUS)
    with pytest.raises(UserError, match=r"m\.mmt: blocked variable: 'membrane\.i_stim'; expected a current"):
        read(text, "m.mmt", blockable=("membrane.i_stim",))


def test_own_stimulus_is_not_scaled():
    """Two pulses that stay in the equations."""
    stimulus = "i_stim = if(engine.time < 1, -30, if(engine.time > 50 and engine.time < 51, -20, 0))"
    text = CELL.format(
        total="-i_ion", equations="i_ion = i_K + i_stim\ni_K = 3 * gate.h * x", components="", stimulus=stimulus
    )
    found = read(text, "m.mmt", blockable=("membrane.i_ion",))
    assert found.stimulus_level == 0
    assert set(found.conductances) == {"i_K", "membrane.i_ion"}
    found.model.get(found.conductances["membrane.i_ion"]).set_rhs(0)
    rates = [found.model.evaluate_derivatives([-79, 1], inputs={"time": time})[0] for time in (0.5, 20, 50.5)]
    assert rates == [30, 0, 20]


@pytest.mark.parametrize(
    ("outside", "inside"),
    [
        (["i_Kr_s", "i_Ca_s"], ["i_Kr_t", "i_Ca_t"]),  # Pasek 2008
        (["i_Krs", "i_Cas"], ["i_Krt", "i_Cat"]),  # Pasek 2006
        (["surface.i_Kr", "surface.i_Ca"], ["tubule.i_Kr", "tubule.i_Ca"]),
    ],
)
def test_currents_of_the_tubules_are_blocked_with_those_of_the_surface(outside, inside):
    names = [*outside, *inside]
    own = [f"{name} = {k + 1} * gate.h * x" for k, name in enumerate(names) if "." not in name]
    sections = {}
    for k, name in enumerate(names):
        if "." in name:
            component, variable = name.split(".")
            sections.setdefault(component, []).append(f"{variable} = {k + 1} * gate.h * membrane.x")
    components = "".join(f"\n[{component}]\n" + "\n".join(lines) + "\n" for component, lines in sections.items())
    axial = "i_axial = (V - inner.Vt) / 0.5"
    terms = " + ".join(name if "." in name else f"membrane.{name}" for name in inside)
    components += f"\n[inner]\ndot(Vt) = -({terms} - membrane.i_axial) in [mV]\n"
    text = CELL.format(
        total=f"-({' + '.join(outside)} + i_axial + i_stim)",
        equations="\n".join([*own, axial]),
        components=components,
        stimulus=STIMULUS,
    ).replace("gate.h = 1", "gate.h = 1\ninner.Vt = -80")
    found = read(text, "m.mmt")
    assert set(found.conductances) == {"IKr", "ICaL", "i_axial"}
    model, at = found.model, [-79, 1, -79]
    before = model.evaluate_derivatives(at)
    model.get(found.conductances["IKr"]).set_rhs(0)
    after = model.evaluate_derivatives(at)
    assert after[0] - before[0] == pytest.approx(1)
    assert after[2] - before[2] == pytest.approx(3)
    assert model.get(found.currents["IKr"].qname()) == found.currents["IKr"]


def test_concentration_is_no_second_membrane():
    """Without units, calcium and the potential share currents that depend on nothing else."""
    text = CELL.format(
        total="-(i_Cab + i_Kr + i_stim)",
        equations="i_Cab = 0.1 * (V - 20 * log(ions.Cai))\ni_Kr = gate.h * x",
        components="\n[ions]\ndot(Cai) = -0.1 * membrane.i_Cab + up.i_up\n[up]\ni_up = ions.Cai / 7\n",
        stimulus=STIMULUS,
    ).replace("gate.h = 1", "gate.h = 1\nions.Cai = 1e-4")
    assert set(read(text.replace(" in [mV]", ""), "m.mmt").conductances) == {"ICab", "IKr"}


SPLIT_ICAL = """
[[model]]
membrane.V = -80
gate.h = 1
[engine]
time = 0 [ms] in [ms] bind time
pace = 0 bind pace
[membrane]
u = (V + 80 [mV]) / 100 [mV]
i_out = 100 * u / 6
i_stim = -30 * engine.pace
dot(V) = -(ICaL.ICaL + ICaL.ICaNa_ss + ICaL.ICaNa_i + ICaL.ICaK_ss + ICaL.ICaK_i + i_out + i_stim)
    in [mV]
    label membrane_potential
[ICaL]
all = -100 * gate.h * membrane.u^2 * (1 - membrane.u) / 0.3
ICaL_ss = 0.4 * all
ICaL_i = 0.1 * all
ICaL = ICaL_ss + ICaL_i
ICaNa_ss = 0.3 * all
ICaNa_i = 0.1 * all
ICaK_ss = 0.05 * all
ICaK_i = 0.05 * all
[gate]
dot(h) = if(membrane.u < 0.13, (1 - h) / 120, -h / 150)
"""


def test_block_of_a_split_current_is_that_of_all_its_parts(tmp_path):
    """Nine tenths of an inward current that is all of the upstroke: the stimulus does not capture."""
    path = tmp_path / "m.mmt"
    path.write_text(SPLIT_ICAL)
    model = cells.load(str(path))
    assert model.parts["ICaL"] == (
        *("ICaL.ICaL_ss", "ICaL.ICaL_i", "ICaL.ICaNa_ss", "ICaL.ICaNa_i", "ICaL.ICaK_ss", "ICaL.ICaK_i"),
    )
    free, blocked = (cells.pace(model, {"ICaL": b}, cycle_length=1000.0, beats=5) for b in (0.0, 0.9))
    assert free["apd90_ms"] == pytest.approx(286.58, abs=0.1)
    assert blocked["status"] != 0
