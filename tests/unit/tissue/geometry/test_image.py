"""Masks of voxels in netCDF and VTK files: the same tissue from each format, and every mistake in one clear line."""

import sys

import netCDF4
import numpy as np
import pytest

from pointes.errors import UserError
from pointes.tissue.geometry.image import read_image

TAGS = np.array([[[0, 1, 1], [2, 2, 1]], [[0, 0, 1], [2, 3, 3]]])  # (2, 2, 3)


@pytest.fixture
def write_netcdf(tmp_path):
    """Return a function that writes an image and returns its path."""

    def write(tags=TAGS, dtype="i2", name="tags", coordinates=None, dimensions=("z", "y", "x"), **attributes):
        path = tmp_path / "image.nc"
        with netCDF4.Dataset(path, "w") as file:
            for dimension, size in zip(dimensions, tags.shape, strict=True):
                file.createDimension(dimension, size)
            variable = file.createVariable(name, dtype, dimensions)
            variable[:] = tags
            variable.setncatts(attributes)
            for dimension, (values, unit) in (coordinates or {}).items():
                coordinate = file.createVariable(dimension, "f8", (dimension,))
                coordinate[:] = values
                coordinate.units = unit
        return path

    return write


@pytest.fixture
def vtk():
    return pytest.importorskip("vtkmodules.vtkIOXML", reason="needs the package vtk")


def legacy(path, tags=TAGS, kind="short", name="tags", spacing="0.5 0.5 0.5", of="POINT", fields=False):
    """Write a legacy VTK file."""
    nz, ny, nx = np.array(tags.shape) + (of == "CELL")
    array = (
        f"FIELD FieldData 1\n{name} 1 {tags.size} {kind}"
        if fields
        else f"SCALARS {name} {kind} 1\nLOOKUP_TABLE default"
    )
    path.write_text(
        f"# vtk DataFile Version 3.0\nmask\nASCII\nDATASET STRUCTURED_POINTS\nDIMENSIONS {nx} {ny} {nz}\n"
        f"SPACING {spacing}\nORIGIN 5 6 7\n{of}_DATA {tags.size}\n{array}\n{' '.join(map(str, tags.ravel()))}\n"
    )
    return path


def xml(path, tags=TAGS, kind="Int16", of="Cell"):
    """Write an XML VTK file."""
    nz, ny, nx = np.array(tags.shape) - (of == "Point")
    extent = f"0 {nx} 0 {ny} 0 {nz}"
    path.write_text(
        f'<?xml version="1.0"?>\n<VTKFile type="ImageData" version="0.1" byte_order="LittleEndian">\n'
        f'<ImageData WholeExtent="{extent}" Origin="5 6 7" Spacing="0.5 0.5 0.5">\n<Piece Extent="{extent}">\n'
        f'<{of}Data Scalars="tags"><DataArray type="{kind}" Name="tags" format="ascii">'
        f"{' '.join(map(str, tags.ravel()))}</DataArray></{of}Data>\n</Piece>\n</ImageData>\n</VTKFile>\n"
    )
    return path


def refusal(path, *arguments):
    with pytest.raises(UserError) as error:
        read_image(path, *arguments)
    assert "\n" not in str(error.value)
    return str(error.value).replace(str(path), "FILE")


def check(grid, spacing=0.5):
    assert grid.tags.dtype == np.int16
    assert grid.tags.tolist() == (TAGS != 0).tolist()
    assert grid.spacing_mm == pytest.approx(spacing)
    assert not grid.on_faces
    assert grid.positions[0] == pytest.approx([1.5 * spacing, 0.5 * spacing, 0.5 * spacing])


def test_netcdf_with_a_spacing(write_netcdf):
    grid = read_image(write_netcdf(spacing_mm=0.5))
    check(grid)
    assert grid.regions == {1: "tissue"}


@pytest.mark.parametrize(("unit", "scale"), [("mm", 1), ("cm", 0.1), ("m", 1e-3), ("um", 1e3)])
def test_netcdf_with_coordinates(write_netcdf, unit, scale):
    coordinates = {name: (scale * (10 + 0.5 * np.arange(n)), unit) for name, n in zip("zyx", TAGS.shape, strict=True)}
    check(read_image(write_netcdf(coordinates=coordinates)))


def test_coordinates_may_be_given_in_single_precision_or_run_backwards(write_netcdf):
    along = np.float32(250 + 0.1 * np.arange(20)).astype(float)[::-1]
    path = write_netcdf(np.ones((1, 1, 20), dtype=int), coordinates={"x": (along, "mm")})
    assert read_image(path).spacing_mm == pytest.approx(0.1, rel=1e-3)


def test_cell_types_have_tags_and_other_tags_do_not_conduct(write_netcdf):
    grid = read_image(write_netcdf(spacing_mm=0.5), "tags", {"epi": (3,), "endo": (1,)})
    assert grid.regions == {1: "epi", 2: "endo"}
    assert grid.tags.tolist() == [[[0, 2, 2], [0, 0, 2]], [[0, 0, 2], [0, 1, 1]]]
    assert (read_image(write_netcdf(spacing_mm=0.5), "tags", {"mid": (1, 2, 3)}).tags == (TAGS != 0)).all()


def test_missing_values_do_not_conduct(write_netcdf):
    path = write_netcdf(np.ma.masked_equal(TAGS, 2), spacing_mm=0.5)
    assert (read_image(path).tags == ((TAGS != 0) & (TAGS != 2))).all()


@pytest.mark.parametrize("of", ["POINT", "CELL"])
@pytest.mark.parametrize("fields", [False, True])
@pytest.mark.parametrize("kind", ["short", "unsigned_char", "int", "long"])
def test_legacy_vtk(vtk, tmp_path, of, fields, kind):
    check(read_image(legacy(tmp_path / "image.vtk", of=of, fields=fields, kind=kind)))


@pytest.mark.parametrize("of", ["Cell", "Point"])
def test_xml_vtk(vtk, tmp_path, of):
    check(read_image(xml(tmp_path / "image.vti", of=of)))


def test_compressed_vtk_as_written_by_paraview(vtk, tmp_path):
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    image = vtkImageData()
    image.SetDimensions(4, 3, 3)
    image.SetSpacing(0.5, 0.5, 0.5)
    array = numpy_to_vtk(TAGS.ravel().astype(np.int32))
    array.SetName("tags")
    image.GetCellData().AddArray(array)
    writer = vtk.vtkXMLImageDataWriter()
    writer.SetFileName(str(tmp_path / "image.vti"))
    writer.SetInputData(image)
    writer.Write()
    check(read_image(tmp_path / "image.vti"))


def test_mistakes_in_netcdf(write_netcdf, tmp_path):
    assert refusal(write_netcdf(spacing_mm=0.5), "tag") == (
        "unknown variable 'tag' in FILE; expected one of tags; did you mean tags?"
    )
    assert refusal(write_netcdf(dtype="f4", spacing_mm=0.5)) == (
        "FILE: type of tags: 'float32'; expected integers, the tags of the voxels"
    )
    assert refusal(write_netcdf(spacing_mm=[0.5, 0.5, 1.0])) == (
        "FILE: size of voxels: '0.5 × 0.5 × 1 mm'; expected cubes: resample the image"
    )
    assert refusal(write_netcdf(spacing_mm=0.0)) == "FILE: size of voxels: '0 × 0 × 0 mm'; expected positive edges"
    assert refusal(write_netcdf(0 * TAGS, spacing_mm=0.5)) == (
        "FILE: tags is 0 everywhere, so no voxel conducts; expected tags other than 0"
    )
    assert refusal(write_netcdf(-TAGS, spacing_mm=0.5)) == (
        "FILE: values of tags: 'from -3 to 0'; expected tags from 0 to 32767"
    )
    assert refusal(write_netcdf(TAGS[0], dimensions=("y", "x"), spacing_mm=0.5)) == (
        "FILE: dimensions of tags: ['y', 'x']; expected three, (z, y, x)"
    )
    assert refusal(write_netcdf()) == (
        "FILE: tags has no attribute spacing_mm, and x no coordinates; expected one of the two"
    )
    assert refusal(write_netcdf(coordinates={"x": ([1, 2, 3], "pixels")})) == (
        "unknown unit of x 'pixels' in FILE; expected one of m, cm, mm, um"
    )
    assert refusal(write_netcdf(coordinates={"x": ([1, 2, 4], "mm")})) == (
        "FILE: steps of x: 'from 1 to 2 mm'; expected equal steps"
    )
    assert refusal(write_netcdf(spacing_mm=0.5), "tags", {"endo": (1,), "mid": (2, 4)}) == (
        "image.tags.mid: 4; expected a tag of the image: 1, 2, 3"
    )
    assert refusal(write_netcdf(spacing_mm=0.5), "tags", {"endo": (1,), "mid": (2, 1)}) == (
        "image.tags.mid: 1; expected a tag that no other cell type has"
    )


def test_mistakes_in_legacy_vtk(vtk, tmp_path, capfd):
    path = tmp_path / "image.vtk"
    assert refusal(legacy(path), "tag") == "unknown array 'tag' in FILE; expected one of tags; did you mean tags?"
    assert refusal(legacy(path, kind="float")) == (
        "FILE: type of tags: 'float32'; expected integers, the tags of the voxels"
    )
    assert refusal(legacy(path, spacing="0.5 0.5 0.25")) == (
        "FILE: size of voxels: '0.5 × 0.5 × 0.25 mm'; expected cubes: resample the image"
    )
    assert refusal(legacy(path, 0 * TAGS)) == (
        "FILE: tags is 0 everywhere, so no voxel conducts; expected tags other than 0"
    )
    damaged = "FILE: not a readable VTK file, or a damaged one; expected STRUCTURED_POINTS"
    legacy(path).write_text(path.read_text()[:-6])
    assert refusal(path) == damaged
    path.write_text("# vtk DataFile Version 3.0\nmesh\nASCII\nDATASET POLYDATA\nPOINTS 0 float\n")
    assert refusal(path) == damaged
    path.write_text("nothing of the kind")
    assert refusal(path) == damaged
    assert capfd.readouterr() == ("", "")


def test_mistakes_in_xml_vtk(vtk, tmp_path, capfd):
    damaged = "FILE: not a readable VTK file, or a damaged one; expected ImageData"
    path = xml(tmp_path / "image.vti")
    path.write_text(path.read_text()[:200])
    assert refusal(path) == damaged
    path.write_text('<?xml version="1.0"?><VTKFile type="PolyData" version="0.1"><PolyData></PolyData></VTKFile>')
    assert refusal(path) == damaged
    path.write_text("nothing of the kind")
    assert refusal(path) == damaged
    assert refusal(xml(path, kind="Float64")) == (
        "FILE: type of tags: 'float64'; expected integers, the tags of the voxels"
    )
    assert capfd.readouterr() == ("", "")


def test_images_too_large_are_refused_before_they_are_read(vtk, tmp_path):
    path = xml(tmp_path / "image.vti")
    path.write_text(path.read_text().replace("0 3 0 2 0 2", "0 20000 0 20000 0 20000"))
    assert refusal(path) == "20001 × 20001 × 20001 nodes; expected at most 2.15e+09"


def test_mistakes_in_any_format(write_netcdf, tmp_path):
    path = tmp_path / "image.nc"
    assert refusal(path) == "image.file: 'FILE'; expected an image that is there"
    path.write_text("nothing of the kind")
    assert refusal(path) == "FILE: not a readable netCDF file: [Errno -51] NetCDF: Unknown file format: 'FILE'"
    assert refusal(tmp_path / "image.png") == "image.file: 'FILE'; expected a name with .nc, .vtk, .vti"


def test_without_the_package_vtk_the_line_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "vtkmodules", None)
    for name in [name for name in sys.modules if name.startswith("vtkmodules.")]:
        monkeypatch.delitem(sys.modules, name)
    assert refusal(legacy(tmp_path / "image.vtk")) == (
        "FILE: reading it needs the package vtk; install it with: pip install vtk"
    )
