"""Geometries by name: those of pointes, images with scars, and one of another package."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace

import netCDF4
import numpy as np
import pytest

from pointes.errors import UserError
from pointes.tissue import assembly
from pointes.tissue.description import LATER, ImageFile, TissueDescription, fingerprint
from pointes.tissue.geometry import GEOMETRIES
from pointes.tissue.simulation import simulate

RING = '''\
"""A ring of tissue in the plane of x and y."""

import numpy as np

from pointes.tissue.geometry.base import Geometry
from pointes.tissue.geometry.grid import Grid


class Ring(Geometry):
    """A ring, as wide as a quarter of its diameter."""

    noun, plural, lengths = "a ring", "rings", 1

    def grid(self):
        spacing = self.description.spacing_mm
        x = (np.arange(round(self.description.size_mm[0] / spacing)) + 0.5) * spacing
        radius = np.hypot(*np.meshgrid(x - x.mean(), x - x.mean()))
        outer = self.description.size_mm[0] / 2
        tags = ((radius <= outer) & (radius >= outer / 2)).astype(np.int16)
        return Grid(spacing, tags[None], {1: "tissue"}, on_faces=False)
'''
RUN = """\
from pointes.tissue import TissueDescription, simulate

ring = TissueDescription("ring", "mitchell-schaeffer-2003", size_mm=(10.0,), spacing_mm=0.5, cell_beats=0, rest_ms=5.0,
                         time_step_ms=0.1)
outcome = simulate(ring)
print(ring.geometry.plural, outcome.status, len(outcome.grid.nodes))
"""


@pytest.fixture
def write_image(tmp_path):
    """Return a function that writes an image with voxels of 0.25 mm and returns its path as text."""

    def write(tags, name="image.nc"):
        path = tmp_path / name
        with netCDF4.Dataset(path, "w") as file:
            for dimension, size in zip("zyx", tags.shape, strict=True):
                file.createDimension(dimension, size)
            variable = file.createVariable("tags", "i2", ("z", "y", "x"))
            variable[:] = tags
            variable.spacing_mm = 0.25
        return str(path)

    return write


def scarred_sheet():
    """Tags of a sheet of 5 by 2 mm: 1, with 2 beyond its middle and a scar, 9, in the middle."""
    tags = np.ones((1, 8, 20), np.int16)
    tags[..., 10:] = 2
    tags[0, 3:5, 9:11] = 9
    return tags


def image(path, **changes):
    settings = {"cell_beats": 0, "rest_ms": 450.0, "time_step_ms": 0.05, "image": ImageFile(path), **changes}
    return TissueDescription("image", "mitchell-schaeffer-2003", **settings)


def test_geometries_say_what_they_are():
    assert list(GEOMETRIES) == ["cable", "sheet", "slab", "ventricles", "image"]
    assert [GEOMETRIES[name].lengths for name in GEOMETRIES] == [1, 2, 3, 0, 0]
    assert [GEOMETRIES[name].plural for name in GEOMETRIES] == ["cables", "sheets", "slabs", "ventricles", "images"]
    assert [name for name in GEOMETRIES if GEOMETRIES[name].cheap_to_build] == ["cable", "sheet", "slab"]


def test_names_of_geometries_cost_no_import():
    code = "from pointes.tissue.geometry import GEOMETRIES; import sys; list(GEOMETRIES); print('numpy' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == "False\n"


def test_a_package_can_add_a_geometry(tmp_path):
    (tmp_path / "rings.py").write_text(RING)
    metadata = tmp_path / "rings-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: rings\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[pointes.geometries]\nring = rings:Ring\n")
    path = os.pathsep.join([str(tmp_path), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    command = [sys.executable, "-c", RUN]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": path})
    assert run.stdout == "rings ok 236\n"  # about π (10² - 5²)


def test_an_image_conducts_around_its_scar(write_image):
    path = write_image(scarred_sheet())
    scarred = simulate(image(path, image=ImageFile(path, tags={"default": (1, 2)})))
    whole = simulate(image(path))
    assert scarred.status == whole.status == "ok"
    assert scarred.values["label"] == whole.values["label"] == 0
    assert len(scarred.grid.nodes) == len(whole.grid.nodes) - 4 == 156
    assert scarred.values["total_activation_ms"] >= whole.values["total_activation_ms"]


def test_tags_of_an_image_are_cell_types(write_image):
    tags = {"endo": (1,), "epi": (2,)}
    heart = replace(image(write_image(scarred_sheet())), model="ohara-2011", celltype=None)
    heart = replace(heart, image=replace(heart.image, tags=tags))
    assert heart.celltypes == {"endo": "endo", "epi": "epi"}
    assembly.check(heart)
    assert assembly.Tissue(heart).grid.regions == {1: "endo", 2: "epi"}


def test_the_content_of_an_image_is_part_of_the_fingerprint(write_image):
    one, other = write_image(scarred_sheet()), write_image(np.ones((1, 8, 20), np.int16), "other.nc")
    assert fingerprint(image(one)) == fingerprint(image(one, threads=2))
    assert fingerprint(image(one)) != fingerprint(image(other))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": None}, "image: None; expected a file for an image"),
        ({"size_mm": (1.0,)}, "size_mm: [1]; expected none for an image"),
        ({"layers": {"default": 1.0}}, "layers: {'default': 1}; expected none for an image"),
        ({"fibre_angles_deg": (60.0, -60.0)}, "fibre_angles_deg: [60, -60]; expected none for an image"),
        ({"scale": "ventricles"}, "image: 'heart.nc'; expected none for ventricles"),
        ({"scale": "ventricles", "size_mm": (1.0,)}, "size_mm: [1]; expected no lengths for ventricles"),
    ],
)
def test_what_does_not_fit_a_geometry_is_refused(changes, message):
    with pytest.raises(UserError) as caught:
        replace(image("heart.nc"), **changes)
    assert str(caught.value) == message


def test_a_missing_image_is_refused(tmp_path):
    for ask in (fingerprint, assembly.check):
        with pytest.raises(UserError, match=r"image\.file: .*heart\.nc'; expected an image that is there"):
            ask(image(str(tmp_path / "heart.nc")))


def test_params_are_json_and_make_the_same_description(write_image):
    cable = TissueDescription("cable", "ohara-2011", size_mm=(3.0,))
    before = {name: value for name, value in asdict(cable).items() if name not in LATER}
    assert json.dumps(cable.to_params()) == json.dumps(before)
    assert TissueDescription.from_params(cable.to_params()) == cable
    heart = image("heart.nc", image=ImageFile("heart.nc", "mask", {"endo": (1, 2)}))
    assert json.loads(json.dumps(heart.to_params()))["image"] == {
        "file": "heart.nc",
        "array": "mask",
        "tags": {"endo": [1, 2]},
    }
    assert TissueDescription.from_params(heart.to_params()) == heart
