"""Powers of users' models: of negative bases, with exponents that are numbers, constants, parameters or variables."""

from pathlib import Path

import myokit
import numpy as np
import pytest

from pointes import cells
from pointes.cells.multistep import Field

EXPRESSIONS = Path(__file__).parents[2] / "data" / "models" / "expressions.mmt"

# A cell of Mitchell and Schaeffer (2003, doi:10.1016/S0092-8240(03)00041-7) in mV with a power of a negative base: at
# rest u is 0. The stimulus is written into the equation of the potential.
POWER_LAW = """
[[model]]
membrane.V = -80
gate.h = 1

[engine]
time = 0 [ms] in [ms] bind time
pace = 0 bind pace

[membrane]
u = (V + 80 [mV]) / 100 [mV]
i_leak = 0.05 * ((u - 0.2) / 0.2)^n
n = 3
i_in = -100 * gate.h * u^2 * (1 - u) / 0.3
i_out = 100 * u / 6
dot(V) = -(i_in + i_out + i_leak) + 30 * engine.pace
    in [mV]
    label membrane_potential

[gate]
dot(h) = if(membrane.u < 0.13, (1 - h) / 120, -h / 150)

[[protocol]]
1 0 1 1000 0
"""

# Powers with fast slopes: of a state, of a constant, and of both by a variable exponent
FAST = """
[[model]]
m.V = -80
m.x = -2.5
m.y = 0.7
m.z = -1.5
[engine]
time = 0 [ms] in [ms] bind time
pace = 0 bind pace
[m]
n = 3
base = 2.5
k = 0
dot(V) = -(V + 80) + engine.pace
    in [mV]
    label membrane_potential
dot(x) = -x^n - 7 * x^k + (x / 9)^-17 - x^4
dot(y) = 1 - base^(3 * y)
dot(z) = -(z^2)^(1.2 + z / 10) - 2 * z + (z / 7)^(if(z > 5, 2, 3))
"""


def compiled(folder, text, **options):
    path = folder / "model.mmt"
    path.write_text(text)
    return cells.load(str(path), **options)


def assert_same(result, expected):
    for name, value in expected.items():
        assert result[name] == pytest.approx(value, rel=1e-9, nan_ok=True), name


@pytest.mark.parametrize("vary", [(), ("s.n",)])
def test_every_expression_has_the_value_that_myokit_gives(vary):
    model = cells.load(str(EXPRESSIONS), vary=vary)
    reference = myokit.load_model(str(EXPRESSIONS))
    zeros = [0.0] * 30
    for state in ([-31.7, -2.5, 0.75, 3.5], [-34.0, -0.4, 0.1, 1.2], [12.0, -7.9, 0.99, 0.3], [-35.0, 1.7, 0.4, 2.9]):
        expected = np.array(reference.evaluate_derivatives([*state, *zeros]))
        assert model.derivatives(np.array([*state, *zeros])) == pytest.approx(expected, rel=1e-11, abs=1e-300)


def test_values_of_high_powers_of_a_negative_number():
    model = cells.load(str(EXPRESSIONS))
    rates = dict(zip(model.states, model.derivatives(model.initial_state), strict=True))
    assert [rates[f"x.p{k}"] for k in (11, 12, 13)] == pytest.approx([-0.0451, 0.0376, -22.19], rel=2e-3)


def test_constant_set_to_its_own_value_changes_nothing(tmp_path):
    """APD90 by CVODES at a tolerance of 1e-8."""
    plain, varied = compiled(tmp_path, POWER_LAW), compiled(tmp_path, POWER_LAW, vary=("membrane.n",))
    protocol = {"cycle_length": 1000.0, "beats": 5}
    expected = cells.pace(plain, {}, **protocol)
    assert expected["apd90_ms"] == pytest.approx(283.08, abs=0.1)
    assert_same(cells.pace(varied, {}, values={"membrane.n": 3.0}, **protocol), expected)


def test_exponents_of_a_population(tmp_path):
    """Each lane has its own exponent: the results are those of files with the numbers in them."""
    exponents = [1.0, 2.0, 3.0, 4.0, 5.0]
    varied = compiled(tmp_path, POWER_LAW, vary=("membrane.n",))
    result = cells.pace(varied, {}, values={"membrane.n": np.array(exponents)}, cycle_length=1000.0, beats=2)
    for k in (1, 4):
        (tmp_path / str(k)).mkdir()
        alone = compiled(tmp_path / str(k), POWER_LAW.replace("n = 3", f"n = {exponents[k]}"))
        expected = cells.pace(alone, {}, cycle_length=1000.0, beats=2)
        assert_same({name: column[k : k + 1] for name, column in result.items()}, expected)


def test_exponent_that_is_no_whole_number_has_no_value_for_a_negative_base(tmp_path):
    varied = compiled(tmp_path, POWER_LAW, vary=("membrane.n",))
    assert np.isnan(varied.derivatives(varied.initial_state, {"membrane.n": 2.5})[0])


@pytest.mark.parametrize("vary", [(), ("m.n", "m.base", "m.k")])
def test_slopes_of_powers_are_their_derivatives(tmp_path, vary):
    model = compiled(tmp_path, FAST, vary=vary)
    for state in ([-80.0, -2.5, 0.7, -1.5], [-80.0, -11.0, -0.4, -0.8], [-80.0, 1.3, 0.2, 2.0]):
        bundle = model.bundle({})
        for k, value in enumerate(state):
            bundle[model.layout.field(k, Field.POINT)] = value
        model.kernel.rates(bundle)
        for k in (1, 2, 3):
            ahead, behind = np.array(state), np.array(state)
            ahead[k] += 1e-5
            behind[k] -= 1e-5
            difference = (model.derivatives(ahead)[k] - model.derivatives(behind)[k]) / 2e-5
            assert bundle[model.layout.field(k, Field.NEW_SLOPE)] == pytest.approx(difference, rel=1e-6), (k, state)


@pytest.mark.parametrize("vary", [(), ("m.n", "m.k")])
def test_powers_of_zero(tmp_path, vary):
    text = FAST.replace("m.x = -2.5", "m.x = 0").replace(" + (x / 9)^-17", "")
    model = compiled(tmp_path, text, vary=vary)
    bundle = model.bundle({})
    model.kernel.rates(bundle)
    assert bundle[model.layout.field(1, Field.RATE)] == -7.0  # 0**3 is 0, 0**0 is 1
    assert bundle[model.layout.field(1, Field.NEW_SLOPE)] == 0.0
