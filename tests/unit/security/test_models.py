"""Hostile model files: each is a cell, or is refused in one line, and no text of it is run."""

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from pointes import cells
from pointes.cells.codegen import generate
from pointes.cells.model import find

from .conftest import many, mutated, outcome

MODELS = Path(__file__).parents[2] / "data/models"
NAMES = [
    "rates",
    "beat",
    "s",
    "i",
    "__builtins__",
    "lambda",
    "None",
    "exec",
    "os.abort",
    "engine.time",
    "membrane.V",
    "9^9^9",
]
MMT = [
    *NAMES,
    "9^9^9^9",
    "1/0",
    "0/0",
    "exp(1e5)",
    "log(-1)",
    "-1^0.5",
    "1e-400",
    "[mV (1e300)]",
    "[ms^400]",
    "[[script]]\nimport os\nos.abort()\n",
    "[[protocol]]\n1 0 0 0 0\n",
    "[[protocol]]\n1e999 nan -1 1e999 3\n",
    "[[model]]\n",
    "bind time",
    "bind pace",
    "label membrane_potential",
    "label celltype",
    "label stimulus_duration",
    "label IKr_conductance",
    "\ncelltypes: endo 0, epi " + "9" * 5000 + "\n",
    '"""',
    'desc: """\nimport os; os.abort()\n"""\n',
    "dot(x) = x",
    "if(engine.time > 3, 1, 0)",
    "piecewise(engine.time < 3, 1, engine.time % 10 < 2, 5, 0)",
    "sin(engine.time * 1e9)",
    " + ".join(["1"] * 3000),
    "-" * 3000 + "1",
    "exp(" * 500 + "1" + ")" * 500,
]
XML = [
    *NAMES,
    "<!DOCTYPE model [<!ENTITY a 'b'>]>",
    "<!DOCTYPE model [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>",
    "&a;",
    "&lt;",
    "<![CDATA[",
    "<?xml-stylesheet href='file:///etc/passwd'?>",
    "<!--",
    "<apply><power/><cn>9</cn><apply><power/><cn>9</cn><cn>99</cn></apply></apply>",
    "<apply><divide/><cn>1</cn><cn>0</cn></apply>",
    "<cn type='e-notation'>9<sep/>999999999</cn>",
    "<cn type='e-notation'>9<sep/>x</cn>",
    "<cn base='16'>F</cn>",
    "<apply>" * 1000,
    "<csymbol definitionURL='os'/>",
    "<import xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='file:///etc/passwd'/>",
    "initial_value='V'",
    "xmlns='http://www.cellml.org/cellml/1.1#'",
    "xmlns='http://www.cellml.org/cellml/2.0#'",
    "<units name='a'><unit units='a'/></units>",
    "<unit units='second' exponent='1e9' multiplier='0' prefix='milli'/>",
    "<piecewise></piecewise>",
    "<bvar><ci>time</ci></bvar>",
]


def check(path, content):
    """Read, describe and translate a model, which is compiled elsewhere."""
    path.write_bytes(content)
    described = outcome(cells.describe, str(path))
    if isinstance(described, dict):
        source = outcome(find, str(path))
        generated = outcome(lambda: generate(*source.parsed()))
        if isinstance(generated, str):
            calls = [node.func for node in ast.walk(ast.parse(generated)) if isinstance(node, ast.Call)]
            assert not any(isinstance(f, ast.Name) and f.id in ("exec", "eval", "__import__") for f in calls)


@many
@given(content=mutated((MODELS / "noble-like.mmt").read_text(), MMT))
def test_mutated_models_of_myokit(folder, content):
    check(folder / "hostile.mmt", content)


@many
@given(content=mutated((MODELS / "cubic.cellml").read_text(), XML))
def test_mutated_models_in_cellml(folder, content):
    check(folder / "hostile.cellml", content)


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
i_stim = engine.pace
dot(V) = -(i_K - 80 * i_stim) in [mV]
dot(x) = V - x
"""
PULSES = " or ".join(f"(engine.time > {30000 * k} and engine.time < {30000 * k + 5})" for k in range(1, 60))


def doubled(count):
    """Constants each of which has the one before it twice."""
    return "".join(f"\nc{k} = c{k - 1} + c{k - 1}" for k in range(1, count))


def crossed(count):
    """Currents each of which is the sum of two others, which are sums of two others."""
    return "".join(f"\ni_{k} = i_{k - 1} + j_{k - 1}\nj_{k} = i_{k - 1} - j_{k - 1}" for k in range(1, count))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("3 * g", f"c49\nc0 = g{doubled(50)}", "number of terms of m.c11: 10237; expected at most 10000"),
        ("3 * g", f"c49\nc0 = 1 / (g - 2){doubled(50)}", "number of terms of m.c11"),
        ("engine.pace", f"c49\nc0 = if(engine.time > 3, 1, 0){doubled(50)}", "number of terms of m.c10"),
        ("h * (V + 80)", f"i_49\ni_0 = V\nj_0 = V + h{crossed(50)}", "number of terms of m.i_"),
        (
            "3 * g",
            f"c2999\nc0 = g{''.join(f'{chr(10)}c{k} = c{k - 1} + 1' for k in range(1, 3000))}",
            "nested too deeply",
        ),
        ("3 * g", " + ".join(["g"] * 3000), "nested too deeply"),
        ("h * (V", f"h * ({'exp(' * 250}V{')' * 250}", "nested too deeply"),
        ("h * (V", f"h * ({'if(V > 1, 2, ' * 150}V{')' * 150}", "too many nested parentheses"),
        ("3 * g", "9^(9^9)", "definition of m.h: '9^(9^9)'; expected a finite real number"),
        ("3 * g", "9" * 5000, "expected a finite real number"),
        ("in [ms]", "in [s (1e308)]", "no valid cell model: int too large to convert to float"),
        ("= V - x", "= V - x\n[[protocol]]\n1e999 0 1 1000 0", "stimulus: 'inf for 1 ms'; expected a finite level"),
        ("g = 2", "g = 2\nd = 1e400 label stimulus_duration", "definition of m.d"),
    ],
    ids=lambda text: text[:20],
)
def test_endless_and_infinite_definitions_are_refused(folder, old, new, message):
    path = folder / "hostile.mmt"
    path.write_text(WORKING.replace(old, new))
    (line,) = outcome(cells.load, str(path), kernels=True)
    assert line.startswith(f"{path}: ")
    assert message in line


def test_a_stimulus_with_many_times_takes_no_memory(folder):
    path = folder / "hostile.mmt"
    path.write_text(WORKING.replace("engine.pace", f"if({PULSES}, 1, 0)"))
    assert outcome(lambda: find(str(path)).parsed())[0].stimulus_level == 0


def test_infinite_part_of_a_finite_constant_is_a_number_in_code(folder):
    path = folder / "hostile-part.mmt"
    path.write_text(WORKING.replace("3 * g", "3 * g + k / (1 / (g - 2))\nk = 1 label IKr_conductance"))
    model = outcome(cells.load, str(path), kernels=True)
    assert model.derivatives(np.array([-79.0, 0.0]))[0] == -6


def test_script_of_a_model_file_is_never_run(folder):
    path = folder / "hostile.mmt"
    path.write_text(WORKING + "[[script]]\nimport pathlib\npathlib.Path('effect').touch()\n")
    assert outcome(lambda: cells.describe(str(path)))["currents"] == ["i_K"]


CUBIC = (MODELS / "cubic.cellml").read_text()
LAUGHS = "<!ENTITY l0 'lol'>" + "".join(f"<!ENTITY l{k} '{f'&l{k - 1};' * 10}'>" for k in range(1, 12))


@pytest.mark.parametrize(
    ("declarations", "reference"),
    [
        ("<!ENTITY e SYSTEM 'file://{secret}'>", "&e;"),
        ("<!ENTITY e 'plain'>", "&e;"),
        ("<!ENTITY % e SYSTEM 'file://{secret}'> %e;", ""),
        (LAUGHS, "&l11;"),
        (LAUGHS, ""),
    ],
    ids=["external", "internal", "parameter", "laughs", "unused"],
)
def test_xml_entities_are_not_replaced(folder, declarations, reference):
    """Neither the content of another file nor endless text gets into a model, nor into an error."""
    secret, path = folder / "hostile.secret", folder / "hostile.cellml"
    secret.write_text("secret")
    doctype = f"<!DOCTYPE model [{declarations.format(secret=secret)}]>"
    start = CUBIC.index("<model")
    path.write_text(
        CUBIC[:start]
        + doctype
        + CUBIC[start:].replace("</model>", f"<!-- --><documentation>{reference}</documentation></model>")
    )
    (line,) = outcome(cells.describe, str(path))
    assert "XML entities are declared" in line or "Unable to parse XML" in line
    assert "secret" not in line.replace(str(secret), "")


def test_document_type_without_entities_is_read(folder):
    path = folder / "hostile.cellml"
    start = CUBIC.index("<model")
    path.write_text(CUBIC[:start] + "<!DOCTYPE model SYSTEM 'http://localhost:1/cellml.dtd'>" + CUBIC[start:])
    assert outcome(cells.describe, str(path))["currents"] == ["i_cubic"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("hostile-exec", "dot(x) = V - x", "dot(x) = V - x * exec\nexec = exp(V / 100)"),
        ("hostile-None;import os", "h = 3 * g", "h = None * lambda\nNone = 3\nlambda = g"),
        ("hostile-quotes\"'\n", "= V - x", '= V - x\n    desc: """\'\'\'\\\nimport os; os.abort()"""'),
    ],
)
def test_hostile_names_and_texts_compile_to_the_same_model(folder, name, old, new):
    """What the other tests only translate is compiled here."""
    path = folder / f"{name}.mmt"
    path.write_text(WORKING.replace(old, new))
    model = outcome(cells.load, str(path), kernels=True)
    assert model.derivatives(np.array([-79.0, 0.0]))[0] == -6
