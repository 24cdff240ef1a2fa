"""Masks of voxels in netCDF and VTK files: the same tissue from each format, and every mistake in one clear line."""

import sys

import netCDF4
import numpy as np
import pytest

from pointes.errors import UserError
from pointes.tissue.geometry.images import read_image

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


def check(geometry, spacing=0.5):
    assert geometry.tags.dtype == np.int16
    assert geometry.tags.tolist() == TAGS.tolist()
    assert geometry.spacing_mm == pytest.approx(spacing)
    assert not geometry.on_faces
    assert geometry.positions[0] == pytest.approx([1.5 * spacing, 0.5 * spacing, 0.5 * spacing])


def test_netcdf_with_a_spacing(write_netcdf):
    geometry = read_image(write_netcdf(spacing_mm=0.5))
    check(geometry)
    assert geometry.regions == {1: "1", 2: "2", 3: "3"}


@pytest.mark.parametrize(("unit", "scale"), [("mm", 1), ("cm", 0.1), ("m", 1e-3), ("um", 1e3)])
def test_netcdf_with_coordinates(write_netcdf, unit, scale):
    coordinates = {name: (scale * (10 + 0.5 * np.arange(n)), unit) for name, n in zip("zyx", TAGS.shape, strict=True)}
    check(read_image(write_netcdf(coordinates=coordinates)))


def test_coordinates_may_be_given_in_single_precision_or_run_backwards(write_netcdf):
    along = np.float32(250 + 0.1 * np.arange(20)).astype(float)[::-1]
    path = write_netcdf(np.ones((1, 1, 20), dtype=int), coordinates={"x": (along, "mm")})
    assert read_image(path).spacing_mm == pytest.approx(0.1, rel=1e-3)


def test_netcdf_names_its_tags(write_netcdf):
    path = write_netcdf(spacing_mm=0.5, flag_values=np.array([1, 2, 3, 4], "i2"), flag_meanings="endo mid epi fat")
    assert read_image(path).regions == {1: "endo", 2: "mid", 3: "epi"}
    assert read_image(path, "tags", {1: "a", 2: "b", 3: "c"}).regions == {1: "a", 2: "b", 3: "c"}


def test_missing_values_do_not_conduct(write_netcdf):
    path = write_netcdf(np.ma.masked_equal(TAGS, 2), spacing_mm=0.5)
    assert (read_image(path).tags == np.where(TAGS == 2, 0, TAGS)).all()


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
        "FILE: tags has the type float32; expected integers, the tags of the voxels"
    )
    assert refusal(write_netcdf(spacing_mm=[0.5, 0.5, 1.0])) == (
        "FILE: voxels of 0.5 × 0.5 × 1 mm; expected cubes: resample the image"
    )
    assert refusal(write_netcdf(spacing_mm=0.0)) == "FILE: voxels of 0 × 0 × 0 mm; expected positive edges"
    assert refusal(write_netcdf(0 * TAGS, spacing_mm=0.5)) == (
        "FILE: tags is 0 everywhere, so no voxel conducts; expected tags other than 0"
    )
    assert refusal(write_netcdf(-TAGS, spacing_mm=0.5)) == (
        "FILE: tags goes from -3 to 0; expected tags from 0 to 32767"
    )
    assert refusal(write_netcdf(TAGS[0], dimensions=("y", "x"), spacing_mm=0.5)) == (
        "FILE: tags has the dimensions ('y', 'x'); expected three, (z, y, x)"
    )
    assert refusal(write_netcdf()) == ("FILE: tags has no attribute spacing_mm, and x no coordinates; add either")
    assert refusal(write_netcdf(coordinates={"x": ([1, 2, 3], "pixels")})) == (
        "unknown unit of x 'pixels' in FILE; expected one of m, cm, mm, um"
    )
    assert refusal(write_netcdf(coordinates={"x": ([1, 2, 4], "mm")})) == (
        "FILE: x goes in steps from 1 to 2 mm; expected equal steps"
    )
    assert refusal(write_netcdf(spacing_mm=0.5), "tags", {1: "endo", 2: "mid"}) == (
        "regions: tag 3 in FILE has no name; expected one for each of [1, 2, 3]"
    )


def test_mistakes_in_legacy_vtk(vtk, tmp_path, capfd):
    path = tmp_path / "image.vtk"
    assert refusal(legacy(path), "tag") == "unknown array 'tag' in FILE; expected one of tags; did you mean tags?"
    assert refusal(legacy(path, kind="float")) == (
        "FILE: tags has the type float32; expected integers, the tags of the voxels"
    )
    assert refusal(legacy(path, spacing="0.5 0.5 0.25")) == (
        "FILE: voxels of 0.5 × 0.5 × 0.25 mm; expected cubes: resample the image"
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
        "FILE: tags has the type float64; expected integers, the tags of the voxels"
    )
    assert capfd.readouterr() == ("", "")


def test_images_too_large_are_refused_before_they_are_read(vtk, tmp_path):
    path = xml(tmp_path / "image.vti")
    path.write_text(path.read_text().replace("0 3 0 2 0 2", "0 20000 0 20000 0 20000"))
    assert refusal(path) == "a box of 20001 × 20001 × 20001 nodes holds 8e+12 of them; expected at most 2.15e+09"


def test_mistakes_in_any_format(write_netcdf, tmp_path):
    path = tmp_path / "image.nc"
    assert refusal(path) == "FILE: no such file; expected an image with voxels"
    path.write_text("nothing of the kind")
    assert refusal(path) == "FILE: not a readable netCDF file: [Errno -51] NetCDF: Unknown file format: 'FILE'"
    assert refusal(tmp_path / "image.png") == "FILE: format '.png' is not known; expected a name with .nc, .vtk, .vti"


def test_without_the_package_vtk_the_line_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "vtkmodules", None)
    for name in [name for name in sys.modules if name.startswith("vtkmodules.")]:
        monkeypatch.delitem(sys.modules, name)
    assert refusal(legacy(tmp_path / "image.vtk")) == (
        "FILE: reading it needs the package vtk; install it with: pip install vtk"
    )
