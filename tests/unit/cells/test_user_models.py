"""Models that users bring: what is found in them, in whatever units, and what is refused."""

import re
from pathlib import Path

import myokit
import numpy as np
import pytest

from pointes import cells
from pointes.cells.naming import standard_name
from pointes.cells.parsing import read
from pointes.errors import UserError

CUBIC = Path(__file__).parents[2] / "data" / "models" / "cubic.cellml"

# Squid axon (Hodgkin and Huxley 1952, doi:10.1113/jphysiol.1952.sp004764) as a cell of 50 pF, with a calcium transient;
# {mV}, {ms}, {mM} of the model's units make one of these
AXON = """
[[model]]
name: axon
membrane.V   = -65 * {mV}
sodium.m     = 0.05
sodium.h     = 0.6
potassium.n  = 0.32
calcium.Ca_i = 1e-4 * {mM}

[engine]
time = 0 [{time}] in [{time}] bind time
pace = 0 bind pace

[membrane]
dot(V) = -(i_ion + i_stim) / Cm * {mV} / {ms}
    in [{potential}]
v = V / {mV}
Cm = 50 [pF] in [pF]
i_ion = sodium.i_Na + i_out + leak.i_L
i_out = potassium.i_Kr
i_stim = engine.pace * amplitude
    amplitude = -1000 [pA] in [pA]

[sodium]
use membrane.v as v
g = 6000 [nS] in [nS]
i_Na = g * m^3 * h * (v - 50)
dot(m) = (0.1 * (v + 40.01) / (1 - exp(-(v + 40.01) / 10)) * (1 - m) - 4 * exp(-(v + 65) / 18) * m) / {ms}
dot(h) = (0.07 * exp(-(v + 65) / 20) * (1 - h) - h / (1 + exp(-(v + 35) / 10))) / {ms}

[potassium]
use membrane.v as v
g = 1800 [nS] in [nS]
i_Kr = g * n^4 * (v + 77)
dot(n) = (0.01 * (v + 55.01) / (1 - exp(-(v + 55.01) / 10)) * (1 - n) - 0.125 * exp(-(v + 65) / 80) * n) / {ms}

[leak]
i_L = 15 [nS] * (membrane.v + 54.4)

[calcium]
dot(Ca_i) = ((1e-4 + 1e-3 * sodium.m^3) * {mM} - Ca_i) / 20 / {ms}
    in [{concentration}]

[[protocol]]
1 {start} {duration} {period} 0
"""
MS = {"time": "ms", "ms": 1, "potential": "mV", "mV": 1, "concentration": "mM", "mM": 1}
SI = {"time": "s", "ms": 1e-3, "potential": "V", "mV": 1e-3, "concentration": "uM", "mM": 1e3}


def axon(units=MS):
    return AXON.format(start=10 * units["ms"], duration=0.5 * units["ms"], period=100 * units["ms"], **units)


@pytest.fixture(scope="module")
def axon_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "axon.mmt"
    path.write_text(axon())
    return str(path)


def compiled(folder, text, name="model.mmt", **options):
    path = folder / name
    path.write_text(text)
    return cells.load(str(path), **options)


def upstrokes(trace):
    """Times at which the potential rises through -10 mV."""
    up = np.diff((trace["v_mV"] > -10).astype(int)) == 1
    return trace["time_ms"][1:][up]


def assert_derivatives_agree(model, reference, states):
    """Rates without stimulus against Myokit's, per ms."""
    per_ms = 1e-3 if reference.time_unit() == myokit.units.s else 1.0
    for state in states:
        expected = np.array(reference.evaluate_derivatives(state)) * per_ms
        assert model.derivatives(np.array(state)) == pytest.approx(expected, rel=1e-11)


class TestUnits:
    def test_biomarkers_are_in_ms_mV_and_mM_whatever_the_model_uses(self, axon_file, tmp_path):
        plain, si = cells.load(axon_file), compiled(tmp_path, axon(SI), "si.mmt")
        assert plain.stimulus_duration == si.stimulus_duration == 0.5
        protocol = {"cycle_length": 50.0, "beats": 3}
        expected, result = (cells.pace(model, {"IKr": 0.1}, **protocol) for model in (plain, si))
        assert expected["vpeak_mV"][0] > 20
        assert expected["cat_amp_mM"][0] > 1e-5
        for name, value in expected.items():
            assert result[name] == pytest.approx(value, rel=1e-5, nan_ok=True), name

    def test_derivatives_are_per_ms(self, tmp_path):
        model = compiled(tmp_path, axon(SI), "si.mmt")
        reference, _, _ = myokit.parse(axon(SI))
        initial = reference.initial_values(as_floats=True)
        assert_derivatives_agree(model, reference, [initial, [-0.03, 0.5, 0.3, 0.4, 0.3]])

    def test_model_without_units_is_in_ms_mV_and_mM(self, axon_file, tmp_path):
        bare = re.sub(r"(in )?\[(ms|mV|mM|pA|nS|pF)\]", "", axon())
        model = compiled(tmp_path, bare, "bare.mmt")
        protocol = {"cycle_length": 50.0, "beats": 2}
        expected = cells.pace(cells.load(axon_file), {}, **protocol)
        for name, value in cells.pace(model, {}, **protocol).items():
            assert value == pytest.approx(expected[name], rel=1e-6, nan_ok=True), name

    def test_clashing_units_are_taken_as_they_are(self):
        text = axon().replace("g = 6000 [nS] in [nS]", "g = 6000 [nS] in [mM]")
        assert set(read(text, "axon.mmt").conductances) == {"INa", "IKr", "i_L"}

    def test_currents_are_in_amperes_per_farad(self, axon_file):
        """All currents together, in A/F, are what the membrane potential loses [mV/ms]."""
        model = cells.load(axon_file)
        trace = cells.trace(model, {}, cycle_length=50.0)
        late = trace["time_ms"] > 1
        slope = np.gradient(trace["v_mV"], trace["time_ms"])[late]
        loss = sum(trace[name] for name in ("INa", "IKr", "i_L"))[late]
        assert np.median(np.abs(slope + loss)) < 0.02 * np.median(np.abs(loss))
        peak = cells.pace(model, {}, cycle_length=50.0)["peak_INa_A_per_F"]
        assert peak == pytest.approx(trace["INa"].min(), rel=0.01)


class TestCalcium:
    @pytest.mark.parametrize(
        ("states", "found"),
        [
            ({"Cai": "", "Ca_SR": ""}, "Cai"),
            ({"Ca_i": "", "Cac": ""}, "Ca_i"),
            ({"Cac": "", "Ca_ss": ""}, "Cac"),
            ({"Cai": "", "x": "label cytosolic_calcium"}, "x"),
            ({"Ca_1": "", "Ca": "label Ca_i"}, "Ca"),
            ({"Ca_ss": "", "Ca_SR": ""}, None),
            ({"Cai": "in [mV]", "x": ""}, None),
        ],
    )
    def test_state_is_found_by_label_or_name(self, states, found):
        initial = "\n".join(f"m.{name} = 1" for name in states)
        equations = "\n".join(f"dot({name}) = -{name}\n    {what}" for name, what in states.items())
        text = f"[[model]]\nm.V = -80\n{initial}\n[engine]\ntime = 0 bind time\n[m]\ndot(V) = -V\n{equations}\n"
        calcium = read(text, "m.mmt").calcium
        assert (None if calcium is None else calcium.name()) == found


class TestCurrents:
    def names(self, equation, more=""):
        """Currents found in a membrane with a given equation; g and C are constants, every i and a changes."""
        terms = "\n".join(f"{name} = {k + 1} * V" for k, name in enumerate(("i_Kr", "I_Ks", "INa", "i_b", "a")))
        text = (
            "[[model]]\nm.V = -80\n[engine]\ntime = 0 [ms] in [ms] bind time\npace = 0 bind pace\n[m]\nC = 50\n"
            f"g = 2\ni_stim = engine.pace * -80\n{terms}\n{more}\ndot(V) = {equation} in [mV]\n"
        )
        return read(text, "m.mmt")

    @pytest.mark.parametrize(
        ("equation", "more", "found"),
        [
            ("-(i_Kr + INa + i_stim)", "", {"IKr", "INa"}),
            ("-1 / C * (i_Kr + (INa - i_b))", "", {"IKr", "INa", "i_b"}),
            ("-i_ion / C", "i_ion = part + I_Ks\npart = i_Kr + g * INa", {"IKr", "IKs", "INa"}),
            ("-(total + i_stim) / C", "total = 2 * charge\ncharge = INa", {"INa"}),
            (
                "-(cation + anion)",
                "cation = 3 * i_p + i_Kr\nanion = INa - 2 * i_p\ni_p = V / 7",
                {"INaK", "IKr", "INa"},
            ),
            ("-(one + two)", "one = INa + i_b\ntwo = i_Kr - i_b", {"INa", "IKr"}),
            ("-(INa + i_w)", "i_w = g * (a + 1) * V", {"INa", "i_w"}),
            ("-(INa + i_w)", "i_w = g * (a - V)", {"INa", "i_w"}),
            ("-(i_Kr + I)", "I = V / 3", {"IKr", "m"}),
        ],
    )
    def test_terms_of_the_membrane_potential(self, equation, more, found):
        cell = self.names(equation, more)
        assert set(cell.conductances) == set(cell.currents) == found

    def test_current_in_two_places_is_one(self):
        """Na/K pump and sodium current of a model with a junctional cleft: 3 Na+ out, 2 K+ in."""
        more = (
            "INa_jn = 0.1 * V * V\nINa_sl = 0.9 * V * V\nINa_all = INa_jn + INa_sl + 3 * INaK_jn + 3 * INaK_sl\n"
            "INaK_jn = 0.2 * V\nINaK_sl = 0.3 * V\nINaK = INaK_jn + INaK_sl\nIK_all = i_Kr - 2 * INaK\n"
        )
        cell = self.names("-(INa_all + IK_all)", more + "i_na = INa_jn + INa_sl")
        assert set(cell.conductances) == {"IKr", "INaK", "INa"}
        before = cell.model.get("m.V").rhs().eval(subst={myokit.Name(cell.potential): -80})
        cell.model.get(cell.conductances["INa"]).set_rhs(0.5)
        cell.model.get(cell.conductances["INaK"]).set_rhs(0)
        assert before == pytest.approx(-(6400 - 40 - 80))
        assert cell.model.get("m.V").rhs().eval() == pytest.approx(-(3200 - 80))

    def test_components_of_a_channel_are_blocked_together(self):
        more = "ICaL = V / 2\nICaNa = V / 3\nICaK = V / 4"
        cell = self.names("-(ICaL + ICaNa + ICaK + INa)", more)
        assert set(cell.currents) == {"ICaL", "ICaNa", "ICaK", "INa"}
        assert set(cell.conductances) == {"ICaL", "INa"}
        cell.model.get(cell.conductances["ICaL"]).set_rhs(0)
        assert cell.potential.rhs().eval() == pytest.approx(3 * 80)

    def test_names(self):
        assert [standard_name(name) for name in ("i_Kr", "I_Ca_L", "iNaK", "i_f", "I_to", "Ito1", "i_x1")] == [
            *("IKr", "ICaL", "INaK", "If", "Ito", "Ito", "i_x1")
        ]
        labelled = self.names("-(i_b + INa)", "i_x = V label I_K1").currents
        assert set(labelled) == {"i_b", "INa", "IK1"}
        assert set(self.names("-(i_b + x)", "x = V / 2 label I_Kr").conductances) == {"i_b", "IKr"}

    def test_sodium_through_calcium_channels_is_no_late_sodium_current(self):
        text = axon().replace("[leak]", "[ical]\nical = membrane.v\ninal = membrane.v / 9\n\n[leak]")
        cell = read(text.replace("leak.i_L", "leak.i_L + ical.ical + ical.inal"), "axon.mmt")
        assert set(cell.currents) == {"INa", "IKr", "i_L", "ICaL", "ICaNa"}
        assert set(cell.conductances) == {"INa", "IKr", "i_L", "ICaL"}

    def test_two_of_one_name_go_by_their_qualified_names(self):
        text = (
            axon()
            .replace("[leak]", "[late]\nI_Na = membrane.v / 9\n\n[leak]")
            .replace("leak.i_L", "leak.i_L + late.I_Na")
        )
        assert set(read(text, "axon.mmt").conductances) == {"sodium.i_Na", "late.I_Na", "IKr", "i_L"}

    def test_block_scales_the_current_and_nothing_else(self, axon_file):
        model = cells.load(axon_file)
        state = model.initial_state + np.array([20, 0.2, 0, 0, 0])
        full, half, none = (model.derivatives(state, {model.conductances["INa"]: factor}) for factor in (1.0, 0.5, 0.0))
        assert full[0] - half[0] == pytest.approx((full[0] - none[0]) / 2)
        assert full[0] > 2 * none[0] + 1
        assert np.array_equal(full[1:], none[1:])

    def test_any_variable_can_be_blocked_by_its_qualified_name(self, axon_file):
        by_name = cells.load(axon_file)
        named = cells.load(axon_file, blockable=("potassium.g", "sodium.i_Na"))
        assert named.conductances["potassium.g"] == "potassium.g"
        for name, qualified in (("IKr", "potassium.g"), ("INa", "sodium.i_Na")):
            expected = cells.pace(by_name, {name: 0.2}, cycle_length=50.0)
            result = cells.pace(named, {qualified: 0.2}, cycle_length=50.0)
            assert result["vpeak_mV"] == pytest.approx(expected["vpeak_mV"], rel=1e-6)


class TestStimulus:
    def test_protocol_of_the_file_says_how_the_model_is_stimulated(self):
        cell = read(axon(SI).replace("1 0.01 0.0005", "0.7 0.01 0.002"), "axon.mmt")
        assert (cell.stimulus_duration, cell.stimulus_level) == (pytest.approx(2.0), 0.7)
        without = read(axon().split("[[protocol]]")[0], "axon.mmt")
        assert (without.stimulus_duration, without.stimulus_level) == (1.0, 1.0)

    def test_stimulus_embedded_in_cellml_is_replaced(self):
        """The file stimulates every 400 ms from 100 ms on; paced by us it beats once, at once."""
        model = cells.load(str(CUBIC))
        assert model.stimulus_duration == 2.0
        paced = cells.trace(model, {}, cycle_length=1000.0)
        assert upstrokes(paced) == pytest.approx([2.0], abs=1.0)
        alone = cells.trace(model, {}, cycle_length=1000.0, stimulus_duration=0.0)
        assert alone["v_mV"].max() < -79

    def test_paced_cellml_is_the_model_in_the_file(self, tmp_path):
        """CVODES on the file as it is, stimulus at time zero, against our own stimulus."""
        start = CUBIC.read_text().replace(
            'name="stim_start" units="second" initial_value="0.1"', 'name="stim_start" units="second" initial_value="0"'
        )
        path = tmp_path / "early.cellml"
        path.write_text(start.replace('initial_value="0.4"', 'initial_value="1"'))
        reference = myokit.formats.importer("cellml").model(str(path))
        simulation = myokit.Simulation(reference)
        simulation.set_tolerance(1e-8, 1e-8)
        simulation.set_max_step_size(5e-4)
        log = simulation.run(0.3).npview()
        trace = cells.trace(cells.load(str(CUBIC)), {}, cycle_length=300.0)
        v = np.interp(log.time() * 1e3, trace["time_ms"], trace["v_mV"])
        assert np.max(np.abs(v - log["membrane.V"])[log.time() > 5e-3]) < 0.3

    @pytest.mark.parametrize(
        ("stimulus", "duration"),
        [
            ("if(engine.time >= 10 and engine.time < 13, a, 0)", 3.0),
            ("piecewise(engine.time < 10, 0, engine.time < 13, a, 0)", 3.0),
            ("a * switch\nswitch = if(engine.time % 500 < 4, 1, 0)", 4.0),
            ("a * switch\nswitch = if(cycle >= start and cycle < start + duration, 1, 0)\nstart = 20\nduration = 4\n"
             "cycle = engine.time % 500", 4.0),
            ("a * pace\npace = 0", 1.0),
        ],
    )  # fmt: skip
    def test_stimulus_computed_from_time_is_replaced(self, stimulus, duration):
        text = f"""
            [[model]]
            m.V = -80
            [engine]
            time = 0 bind time
            [m]
            a = -30
            i_K = V + 80
            i_stim = {stimulus}
            dot(V) = -(i_K + i_stim)
            """
        cell = read("\n".join(line.strip() for line in text.splitlines()), "m.mmt")
        assert (cell.stimulus_duration, cell.stimulus_level) == (duration, 1.0)
        assert set(cell.conductances) == {"i_K"}
        model, pace = cell.model, cell.model.binding("pace")
        assert not model.get("m.V").rhs().depends_on(myokit.Name(model.time()), deep=True)
        assert [model.evaluate_derivatives(inputs={"pace": level})[0] for level in (0, 1)] == [0, 30]
        assert pace.name().startswith("pace")

    def test_model_without_stimulus_runs_unpaced(self, tmp_path):
        text = axon().replace("(i_ion + i_stim)", "(i_ion - 500 [pA])")
        text = text.replace("i_stim = engine.pace * amplitude\n    amplitude = -1000 [pA] in [pA]\n", "")
        model = compiled(tmp_path, text, "alone.mmt")
        assert not model.kernel.PACED
        with pytest.raises(UserError, match="no stimulus"):
            cells.pace(model, {})
        trace = cells.trace(model, {}, cycle_length=200.0, stimulus_duration=0.0)
        assert len(upstrokes(trace)) > 5  # a constant current makes the axon fire by itself


class TestNames:
    def test_text_of_a_model_file_is_not_code(self, tmp_path):
        """Names that mean something in Python or in generated code, that collide, and hostile text around them."""
        hostile = "''' \" \\ {x} %s\nimport os; os.abort()  # '''"
        text = f"""
[[model]]
name: \"\"\"{hostile}\"\"\"
desc: \"\"\"{hostile}\"\"\"
source: \"\"\"{hostile}\"\"\"
exp.where = -60
exp.lambda = 0.2
a.b_c = 0.3
a_b.c = 0.4
rate.exp_where = 0.5

[engine]
time = 0 [ms] in [ms] bind time
pace = 0 bind pace

[exp]
dot(where) = -(None + engine.pace * -80 + import) in [mV] label membrane_potential
    desc: \"\"\"{hostile}\"\"\"
None = (where + 80) / 9 * a.b_c * a_b.c
import = log(exp(where)) * s.i * s.self * rate.exp_where
dot(lambda) = (s.CONTROL - lambda) / 3

[s]
i = 0.7 * exp.lambda
CONTROL = 0.5
self = 1 [mS/uF (3.4)] in [mS/uF (3.4)]

[a]
dot(b_c) = 1 - a_b.c * b_c

[a_b]
dot(c) = (0.5 - c) / (1 + exp(-exp.where / 10))

[rate]
dot(exp_where) = 0.1 - exp_where * d_rate.x
[d_rate]
x = exp.where * -0.01
"""
        model = compiled(tmp_path, text, 'it\'s "a"\nmodel; import os.mmt', vary=("s.CONTROL", "s.self"))
        reference, _, _ = myokit.parse(text)
        states = [reference.initial_values(as_floats=True), [-20, 0.1, 0.9, 0.7, 0.3]]
        assert_derivatives_agree(model, reference, states)
        slow = model.derivatives(np.array(states[0]), {"s.CONTROL": 0.2})
        assert slow[1] == pytest.approx(0, abs=1e-15)
        assert np.isfinite(cells.pace(model, {"None": 0.5}, cycle_length=50.0)["vpeak_mV"])


WORKING = """
[[model]]
m.V = -80
m.x = 0
[engine]
time = 0 [ms] in [ms] bind time
pace = 0 bind pace
[m]
g = 2
h = 3 * g
i_K = h * (V + 80)
dot(V) = -(i_K - 80 * engine.pace) in [mV]
dot(x) = V - x
"""


def test_constant_with_an_infinite_part_has_the_value_that_compiled_code_gives(tmp_path):
    """A current that acetylcholine opens, without acetylcholine, as in models of atrial cells."""
    gate = "h = 3 * g / (1 + 9.13 / (ach / 1)^0.477) + if(1 / ach > 5, g, 0)\nach = 0"
    text = WORKING.replace("h = 3 * g", gate)
    plain, varied = compiled(tmp_path, text), compiled(tmp_path, text, "varied.mmt", vary=("m.ach",))
    state = np.array([-79.0, 0.0])
    assert plain.derivatives(state)[0] == pytest.approx(-2.0)
    assert varied.derivatives(state)[0] == pytest.approx(-2.0)
    assert varied.derivatives(state, {"m.ach": 1.0})[0] == pytest.approx(-6 / 10.13)


class TestRefused:
    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("", "hello", ": no valid cell model: Syntax error on line 1"),
            ("3 * g", "3 * * g", ": no valid cell model: Syntax error on line 10: .*expecting expression"),
            ("3 * g", "3 * k", "Unresolved reference on line 10: .*<k>"),
            ("3 * g", "i_K", "Cyclical reference"),
            ("3 * g", "3 [zork] * g", "line 10: .*zork"),
            ("3 * g", "1 / (g - 2)", r"definition of m.h: '1 / \(m.g - 2\)'; expected a finite real number"),
            ("3 * g", "if(V > 3, 1e999, 2)", "definition of m.h: 'infinity'; expected a finite real number"),
            ("3 * g", "(1 - 9) ^ 0.3", r"definition of m.h: '\(1 - 9\)\^0.3'; expected a finite real number"),
            ("3 * g", "(" * 3000 + "g" + ")" * 3000, "nested too deeply"),
            ("m.x = 0", "m.x = 1 / 0", "definition of m.x: .*; expected a finite real number"),
            (" bind time", "", "No variable bound to time"),
            ("in [ms]", "in [A]", r"unit of time engine.time: \[A\]; expected a unit of time"),
            ("in [mV]", "in [A] label membrane_potential", r"unit of m.V: \[A\]; expected a unit of potential"),
            ("g = 2", "g = 2 label membrane_potential", "membrane potential: 'm.g'; expected a state"),
            (
                WORKING[WORKING.index("m.V") :],
                "[e]\ntime = 0 bind time\n",
                ": no states; expected a membrane potential at least",
            ),
            (WORKING, "[[protocol]]\n1 0 1 0 0\n", r"expected a \[\[model\]\] section"),
        ],
    )
    def test_broken_model(self, old, new, message):
        text = WORKING.replace(old, new) if old else new
        with pytest.raises(UserError, match=rf"^bad\.mmt.*{message}") as error:
            read(text, "bad.mmt")
        assert "\n" not in str(error.value)

    def test_no_membrane_potential(self):
        text = re.sub(r"\bV\b", "prey", WORKING.replace("in [mV]", ""))
        with pytest.raises(UserError, match="no membrane potential; expected a state with 'label membrane"):
            read(text, "lotka.mmt")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("hello", "Unable to parse XML"),
            (CUBIC.read_text()[:3000], "Unable to parse XML"),
            ("<html></html>", "not a CellML document"),
            (CUBIC.read_text().replace('units="per_s"', 'units="zork"'), "zork"),
            (CUBIC.read_text().replace("<ci>stim_period</ci>", "<ci>nothing</ci>"), "line 47. .*must name a variable"),
        ],
    )
    def test_broken_cellml(self, text, message):
        with pytest.raises(UserError, match=rf"^bad\.cellml: no valid cell model: .*{message}") as error:
            read(text, "bad.cellml")
        assert "\n" not in str(error.value)
        assert "/tmp" not in str(error.value)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"vary": ("m.gg",)}, "unknown parameter 'm.gg' in .*; expected one of .*; did you mean m.g?"),
            (
                {"vary": ("m.h",)},
                r"parameter m.h: '3 \* m.g'; expected a literal, not a constant that follows from others",
            ),
            ({"vary": ("m.V",)}, "parameter: 'm.V'; expected a constant, not a variable that changes during a beat"),
            (
                {"vary": ("m.i_K",)},
                "parameter: 'm.i_K'; expected a constant, not a variable that changes during a beat",
            ),
            ({"blockable": ("m.iK",)}, "unknown current 'm.iK' in .*; did you mean m.i_K?"),
            ({"blockable": ("m.V",)}, "blocked variable: 'm.V'; expected a current or a constant"),
            ({"celltype": "endo"}, "celltype: 'endo'; expected none, as the file declares no cell types"),
        ],
    )
    def test_wrong_name(self, tmp_path, options, message):
        with pytest.raises(UserError, match=message):
            compiled(tmp_path, WORKING, **options)
