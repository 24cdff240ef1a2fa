"""Hostile images: every one is a tissue, or is refused in one line."""

import pickle

import netCDF4
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointes.tissue.geometry import memory
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.geometry.image import read_image

from .conftest import TEXTS, Effect, Hang, confined, many, mutated, mutated_bytes, outcome

LEGACY = """\
# vtk DataFile Version 3.0
mask
ASCII
DATASET STRUCTURED_POINTS
DIMENSIONS 3 2 2
SPACING 0.5 0.5 0.5
ORIGIN 5 6 7
POINT_DATA 12
SCALARS tags short 1
LOOKUP_TABLE default
0 1 1 2 2 1 0 0 1 2 3 3
"""
XML = """\
<?xml version="1.0"?>
<VTKFile type="ImageData" version="0.1" byte_order="LittleEndian">
<ImageData WholeExtent="0 3 0 2 0 2" Origin="5 6 7" Spacing="0.5 0.5 0.5">
<Piece Extent="0 3 0 2 0 2">
<CellData Scalars="tags">
<DataArray type="Int16" Name="tags" format="ascii">0 1 1 2 2 1 0 0 1 2 3 3</DataArray>
</CellData>
</Piece>
</ImageData>
</VTKFile>
"""
PARTS = [
    *["-1", "0 0 0", "99999999999", "1000000 1000000 1000000", "2147483647 1 1", "nan nan nan", "1e-300", "BINARY"],
    *["float", "vtkIdType", "string 1", "FIELD FieldData 1\ntags 1 12 short\n", "FIELD f 1000000000\n", "METADATA\n"],
    *["LOOKUP_TABLE x 1000000000\n", "CELL_DATA 2\n", "DATASET POLYDATA", "SCALARS tags short 9", "STRUCTURED_GRID"],
    *[
        "0 99999 0 99999 0 99999",
        "-9 9 -9 9 -9 9",
        "9 0 9 0 9 0",
        'format="appended" offset="99999999"',
        'type="String"',
    ],
    *['NumberOfComponents="1000000000"', 'NumberOfTuples="1000000000"', 'compressor="vtkZLibDataCompressor"', "&a;"],
    *["<!DOCTYPE a [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>", "<AppendedData encoding='raw'>_", 'format="binary"'],
]


@pytest.fixture
def small_memory(monkeypatch):
    """A computer on which images of more than 10 MB do not fit into memory."""
    free = type("Memory", (), {"available": 10_000_000})
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: free)


def check(path, content, programs=False):
    path.write_bytes(content)
    grid = outcome(read_image, path, programs=programs)
    if isinstance(grid, Grid):
        assert grid.spacing_mm > 0
        assert grid.tags.any()


some = settings(many, max_examples=30)
"""Each example starts a process."""


@some
@given(content=mutated(LEGACY, PARTS))
def test_mutated_legacy_vtk(folder, content):
    check(folder / "hostile.vtk", content, programs=True)


@some
@given(content=mutated(XML, PARTS))
def test_mutated_xml_vtk(folder, content):
    check(folder / "hostile.vti", content, programs=True)


def test_a_file_on_which_vtk_crashes_is_one_line(folder):
    path = folder / "hostile.vtk"
    path.write_text(LEGACY.replace("ORIGIN 5 6 7", "FIELD f SCALARS tags short 91000000000"))
    expected = f"{path}: not a readable VTK file, or a damaged one; expected STRUCTURED_POINTS"
    assert outcome(read_image, path, programs=True) == [expected]


def write(path, *, dimensions=("z", "y", "x"), sizes=(2, 2, 3), kind="i2", fill=1, attributes=None, axes=()):
    with netCDF4.Dataset(path, "w") as file:
        for name, size in zip(dimensions, sizes, strict=True):
            file.createDimension(name, size)
        made = {
            "vlen": lambda: file.createVLType("i2", "rows"),
            "pair": lambda: file.createCompoundType("i2,f8", "pair"),
        }
        variable = file.createVariable("tags", made[kind]() if kind in made else kind, dimensions)
        if fill is not None and kind not in made and kind is not str:
            variable[:] = fill
        variable.setncatts({"spacing_mm": 0.5} if attributes is None else attributes)
        for name, values, unit in axes:
            file.createVariable(name, "f8", (name,))[:] = values
            file[name].units = unit
    return path


@pytest.fixture(scope="module")
def valid(folder):
    content = write(folder / "hostile.nc").read_bytes()
    assert isinstance(outcome(read_image, folder / "hostile.nc"), Grid)
    return content


@many
@given(data=st.data())
def test_mutated_netcdf(folder, valid, data):
    check(folder / "hostile.nc", data.draw(mutated_bytes(valid)))


KINDS = st.sampled_from(["i2", "u8", "i8", "f4", "S1", str, "vlen", "pair"])
SIZES = st.tuples(*[st.sampled_from([0, 1, 1, 2, 3])] * 3)
COORDINATES = [[0, 1, 2], [0, 0, 0], [0, 1, 5], [2, 1, 0], [np.nan] * 3, [0, np.inf, np.inf], [1e300, -1e300, 1e300]]
AXES = st.lists(
    st.tuples(st.sampled_from("xyz"), st.sampled_from(COORDINATES), st.sampled_from(["mm", "um", "", [1, 2]]))
)
SPACINGS = st.sampled_from([0.5, 0, -1, np.nan, np.inf, 1e-300, 1e300, [0.5, 0.5], [1, 2, 3], "0.5", *TEXTS[1:8]])


@many
@given(kind=KINDS, sizes=SIZES, spacing=st.none() | SPACINGS, axes=AXES, fill=st.sampled_from([0, 1, 100]))
def test_netcdf_with_other_types_and_values(folder, kind, sizes, spacing, axes, fill):
    attributes = {} if spacing is None else {"spacing_mm": spacing}
    axes = {name: (name, values[:size], unit) for name, values, unit in axes for size in [sizes["zyx".index(name)]]}
    fill = None if kind == "S1" else fill
    path = write(folder / "hostile.nc", sizes=sizes, kind=kind, fill=fill, attributes=attributes, axes=axes.values())
    grid = outcome(read_image, path)
    assert isinstance(grid, Grid | list)


@pytest.mark.parametrize("sizes", [(2000, 2000, 2000), (2**31, 2, 2), (1, 1, 2**40)])
def test_absurd_dimensions_take_no_memory(folder, small_memory, sizes):
    path = write(folder / "hostile.nc", sizes=sizes, fill=None)
    assert path.stat().st_size < 20_000
    (line,) = outcome(read_image, path)
    assert "nodes" in line


def test_groups_and_names_of_netcdf_are_names_alone(folder, valid):
    (folder / "hostile.nc").write_bytes(valid)
    for array in ("../tags", "/etc/passwd", "", "a/b", *TEXTS):
        (line,) = outcome(read_image, folder / "hostile.nc", array)
        assert "unknown variable" in line


@pytest.mark.parametrize("suffix", [".nc", ".vtk", ".vti"])
def test_a_pickle_is_no_image(folder, suffix, effect):
    (folder / f"hostile{suffix}").write_bytes(effect.pickle)
    outcome(read_image, folder / f"hostile{suffix}", programs=suffix != ".nc")
    effect.check()


def test_confinement_notices_effects(folder, effect):
    """The other tests would pass whatever happened if effects were not noticed."""
    with pytest.raises(Effect), confined():
        pickle.loads(effect.pickle)
    with pytest.raises(Effect), confined():
        (folder / "hostile.elsewhere").write_text("x")
    with pytest.raises(Hang), confined(seconds=0.05):
        sum(k for k in range(10**12))
    with pytest.raises(MemoryError), confined():
        bytearray(4_000_000_000)
