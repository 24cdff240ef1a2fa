"""The generated kernel: SIMD throughout, correct in every node it prints, and safe from what a model file says."""

import re

import myokit
import numpy as np
import pytest

from pointes import cells
from pointes.cells.codegen import generate
from pointes.cells.parsing import literals, parse
from pointes.errors import UserError

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
dot(v) = -v / k + p^2 - p^3 * p^4 + p^5 / p^6 - 2^v + v^8 * 1e-12 + abs(v)^1.3
    label membrane_potential
dot(x) = (if(v < -10 and not (v > 5 or p == 3), 0.4, exp(v)) - x) / piecewise(p >= 2, 3, v != 0, sqrt(p), 5)
dot(ca) = log(ca + 1) * log10(p + ca) - log(ca + 2, 3) - +ca / (2 - (1 - p))
    label cytosolic_calcium
"""
CURRENTS = "\n".join(
    f"{name} = {k} * v label {name}" for k, name in enumerate(["INaL", "ICaL", "IKr", "Ito", "IKs", "IK1"])
)


def rates(text, state, tmp_path):
    """Derivatives by a kernel generated from the text of a model, and by Myokit."""
    model = parse(text, "test")
    source = generate(model, literals(model, ("cell.p",), "test"), {}, "test")
    namespace = {"__name__": "kernel"}
    exec(compile(source.replace('"cache": True', '"cache": False'), str(tmp_path / "kernel.py"), "exec"), namespace)
    layout = cells.layout.Layout(
        namespace["ROWS"], namespace["AFFINE"], tuple(namespace["PARAMETERS"]), namespace["OUTPUTS"]
    )
    block = np.zeros(layout.row("control") + 8 * 40)
    for name, value in zip(namespace["STATES"], state, strict=True):
        block[layout.row("point", layout.states.index(name))] = value
    block[layout.row("parameter")] = namespace["PARAMETERS"]["cell.p"]
    namespace["rates"](block)
    ours = [block[layout.row("rate", layout.states.index(name))] for name in namespace["STATES"]]
    return np.array(ours), np.array(model.evaluate_derivatives(state)), layout


@pytest.mark.parametrize("v", [-20.0, -3.0, 7.0])
def test_every_kind_of_expression(v, tmp_path):
    ours, expected, layout = rates(NODES.format(currents=CURRENTS), [v, 0.3, 0.2], tmp_path)
    assert ours == pytest.approx(expected, rel=1e-13)
    assert layout.states[: layout.affine] == ("cell.x",)


def test_function_without_simd_form_is_refused():
    model = parse(NODES.format(currents=CURRENTS).replace("abs(v)^1.3", "floor(v)"), "test")
    with pytest.raises(UserError, match=r"floor\(cell.v\).*expected exp, log, sqrt"):
        generate(model, literals(model, ("cell.p",), "test"), {}, "test")


def test_clashing_units_are_refused():
    with pytest.raises(UserError, match=r"heart\.mmt is no valid cell model: .*units"):
        parse(NODES.format(currents=CURRENTS).replace("p = 1.7", "p = 1.7 [mV]\n    in [ms]"), "heart.mmt")


def test_names_in_a_model_file_are_not_code(tmp_path):
    name = "'''\nimport os\nos.abort()\n'''"
    text = NODES.format(currents=CURRENTS).replace("every kind of expression", f'"""{name}"""')
    text = re.sub(r"\bk\b", "exec", re.sub(r"\bx\b", "lambda_", text))
    ours, expected, _ = rates(text, [-20.0, 0.3, 0.2], tmp_path)
    assert ours == pytest.approx(expected, rel=1e-13)


def test_kernel_is_simd():
    model = cells.load("ohara-2011", "mid")
    model.kernel.rates.recompile()
    (assembly,) = model.kernel.rates.inspect_asm().values()
    packed = len(re.findall(r"\bv?(?:add|sub|mul|div|fn?m\w+)pd\b|\bvfn?m\w+pd\b", assembly))
    scalar = len(re.findall(r"\bv?(?:add|sub|mul|div)sd\b|\bvfn?m\w+sd\b", assembly))
    assert packed > 1000
    assert scalar < 0.02 * packed


def test_derivative_of_a_state_is_the_slope_of_its_rate():
    """The slopes of all gates against central differences."""
    model = cells.load("ohara-2011", "endo")
    layout = model.layout
    assert layout.affine == 31
    rng = np.random.default_rng(0)
    state = model.initial_state * (1 + 0.1 * rng.random(41)) + 0.05 * rng.random(41)
    block = model.block({})
    for k, value in enumerate(state):
        block[layout.row("point", layout.states.index(model.states[k]))] = value
    model.kernel.rates(block)
    for j, name in enumerate(layout.states[: layout.affine]):
        k = model.states.index(name)
        ahead, behind = state.copy(), state.copy()
        ahead[k] += 1e-3
        behind[k] -= 1e-3
        difference = (model.derivatives(ahead)[k] - model.derivatives(behind)[k]) / 2e-3
        assert block[layout.row("slope", j)] == pytest.approx(difference, rel=1e-6)


def test_model_files_have_consistent_units():
    for name in cells.names():
        path = cells.model.MODELS / f"{name}.mmt"
        parse(path.read_text(), name).check_units(myokit.UNIT_STRICT)
