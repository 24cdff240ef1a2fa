"""The generated kernel: SIMD throughout, correct in every node it prints, and safe from what a model file says."""

import re

import myokit
import numpy as np
import pytest

from pointes import cells
from pointes.cells.codegen import generate
from pointes.cells.layout import Layout
from pointes.cells.multistep import LANES, Field
from pointes.cells.parsing import literals, read
from pointes.cells.stepper import Row

NODES = """
[[model]]
name: every kind of expression
# Initial values
cell.v = -20
cell.x = 0.3
cell.ca = 0.2

[engine]
time = 0 bind time
pace = 0 bind pace

[stim]
duration = 1 label stimulus_duration

[cell]
p = 1.7
k = 2 * 3 + 1
{currents}
dot(v) = (-v / k + p^2 - p^3 * p^4 + p^5 / p^6 - 2^v + v^8 * 1e-12 + abs(v)^1.3
             + floor(v / 3) - ceil(p * v) + 7 // v - v % 3 + sin(v) * cos(v) - atan(v))
    label membrane_potential
dot(x) = (if(v < -10 and not (v > 5 or p == 3), 0.4, exp(v)) - x) / piecewise(p >= 2, 3, v != 0, sqrt(p), 5)
dot(ca) = log(ca + 1) * log10(p + ca) - log(ca + 2, 3) - +ca / (2 - (1 - p))
    label cytosolic_calcium
"""
CURRENTS = "\n".join(
    f"{name} = {k} * v label {name}" for k, name in enumerate(["INaL", "ICaL", "IKr", "Ito", "IKs", "IK1"])
)


def rates(text, state):
    """Derivatives by a kernel generated from the text of a model, and by Myokit."""
    cell = read(text, "test")
    source = generate(cell, literals(cell.model, ("cell.p",), "test"))
    namespace = {"__name__": "kernel"}
    exec(compile(source.replace('"cache": True', '"cache": False'), "kernel.py", "exec"), namespace)
    layout = Layout(
        namespace["ROWS"], namespace["ENTRIES"], tuple(namespace["PARAMETERS"]), tuple(namespace["OUTPUTS"])
    )
    bundle = np.zeros(layout.row("control") + LANES * len(Row))
    for k, value in enumerate(state):
        bundle[layout.field(k, Field.POINT)] = value
    bundle[layout.row("parameter")] = namespace["PARAMETERS"]["cell.p"]
    namespace["rates"](bundle)
    ours = [bundle[layout.field(k, Field.RATE)] for k in range(len(state))]
    return np.array(ours), np.array(cell.model.evaluate_derivatives(state))


@pytest.mark.parametrize("v", [-20.0, -3.0, 7.0])
def test_every_kind_of_expression(v):
    ours, expected = rates(NODES.format(currents=CURRENTS), [v, 0.3, 0.2])
    assert ours == pytest.approx(expected, rel=1e-13)


def test_names_in_a_model_file_are_not_code():
    name = "'''\nimport os\nos.abort()\n'''"
    text = NODES.format(currents=CURRENTS).replace("every kind of expression", f'"""{name}"""')
    text = re.sub(r"\bk\b", "exec", re.sub(r"\bx\b", "lambda_", text))
    ours, expected = rates(text, [-20.0, 0.3, 0.2])
    assert ours == pytest.approx(expected, rel=1e-13)


def test_kernel_is_simd():
    model = cells.load("ohara-2011", "mid")
    model.kernel.rates.recompile()
    (assembly,) = model.kernel.rates.inspect_asm().values()
    packed = len(re.findall(r"\bv?(?:add|sub|mul|div|fn?m\w+)pd\b|\bvfn?m\w+pd\b", assembly))
    scalar = len(re.findall(r"\bv?(?:add|sub|mul|div)sd\b|\bvfn?m\w+sd\b", assembly))
    assert packed > 1000
    assert scalar < 0.02 * packed


def test_slopes_are_derivatives_of_the_rates():
    """The slopes of the fast states against central differences."""
    model = cells.load("ohara-2011", "endo")
    rng = np.random.default_rng(0)
    state = model.initial_state * (1 + 0.1 * rng.random(41)) + 0.05 * rng.random(41)
    bundle = model.bundle({})
    for k, value in enumerate(state):
        bundle[model.layout.field(k, Field.POINT)] = value
    model.kernel.rates(bundle)
    for name in ("INa.m", "ICaL.fcaf", "ICaL.nca", "IKr.xrf", "IKs.xs2", "ryr.Jrelp"):
        k = model.states.index(name)
        ahead, behind = state.copy(), state.copy()
        ahead[k] += 1e-3
        behind[k] -= 1e-3
        difference = (model.derivatives(ahead)[k] - model.derivatives(behind)[k]) / 2e-3
        assert bundle[model.layout.field(k, Field.NEW_SLOPE)] == pytest.approx(difference, rel=1e-6)


def test_model_files_have_consistent_units():
    for name in cells.names():
        path = cells.model.MODELS / f"{name}.mmt"
        myokit.load_model(path).check_units(myokit.UNIT_STRICT)
