"""Hostile states and variants of populations: every file is read, or refused in one line."""

import netCDF4
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointes import cells
from pointes.populations import states
from pointes.populations.states import read_states, write_states
from pointes.populations.variants import Variants, read_variants

from .conftest import TEXTS, many, mutated, mutated_bytes, outcome

VARIANTS = "variant,IKr,extracellular.ko\n0,1,5.4\n7,0.5,6\n"
FRAGMENTS = ["1e300", "0.5", "-1", "nan", ",", "\n", "variant", "IKr", ";", "9" * 400]


@pytest.fixture(scope="module")
def model():
    return cells.load("mitchell-schaeffer-2003")


@pytest.fixture(scope="module")
def written(folder, model):
    """Content of a file of states, which is the same in all revisions and on all computers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(states, "made", dict)
        write_states(folder / "hostile.nc", model, np.ones((3, len(model.states))))
    return (folder / "hostile.nc").read_bytes()


@many
@given(content=mutated(VARIANTS, FRAGMENTS))
def test_tables_of_variants(folder, content):
    (folder / "hostile.csv").write_bytes(content)
    found = outcome(read_variants, folder / "hostile.csv")
    assert isinstance(found, Variants | list)


@many
@given(data=st.data())
def test_mutated_states_and_populations(folder, model, written, data):
    path = folder / "hostile.nc"
    path.write_bytes(data.draw(mutated_bytes(written)))
    found = outcome(read_states, path, model)
    assert isinstance(found, list) or found.shape[1:] == (len(model.states),)
    outcome(read_variants, path)


@pytest.mark.parametrize("kind", ["text", "short", "huge", "text attribute"])
def test_forged_states_and_populations(folder, model, written, kind):
    path = folder / "hostile.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("variant", 3)
        file.createDimension("other", 2**40 if kind == "huge" else 2)
        file.createVariable("variant", "i8", ("variant",))[:] = [0, 1, 2]
        file.parameters = TEXTS[3] if kind == "text attribute" else " ".join(model.states)
        for name in model.states:
            variable = file.createVariable(
                name.replace(".", "_"), str if kind == "text" else "f8", ("variant" if kind == "text" else "other",)
            )
            variable.state = name
            if kind == "text":
                variable[:] = np.array(["__import__('os')"] * 3, object)
    for read, arguments in ((read_states, [model]), (read_variants, [])):
        (line,) = outcome(read, path, *arguments)
        assert line.startswith(f"{path}: cannot read ")
