"""Hostile model files: each is a cell, or is refused in one line, and no text of it is run."""

import ast
from pathlib import Path

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
