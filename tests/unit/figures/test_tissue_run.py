import numpy as np
import pytest
import xarray as xr
from PIL import Image

from pointes.figures import FORMATS
from pointes.figures.tissue_run import draw_run

from .conftest import CABLE, SHEET

LEAD = {"qrs_onset_ms": 20.0, "qrs_ms": 30.0, "t_peak_ms": 330.0, "t_end_ms": 380.0, "qt_ms": 360.0}


def write(folder, tissue):
    """Write the results and the snapshots of a run as `pointes tissue run` does."""
    tissue.isel(time_ms=slice(0, 3))[["v_mV"]].to_netcdf(folder / "snapshots.nc")
    lead = {name: ("electrode", [value]) for name, value in {**LEAD, "tpeak_tend_ms": 50.0}.items()}
    potential = ("electrode", "time_ms"), np.sin(np.arange(400.0))[None], {"units": "mV mm2 ms-1"}
    axes = {"electrode": ["ecg"], "time_ms": np.arange(400.0)}
    maps = tissue[["activation_ms", "apd90_ms"]]
    maps.merge(xr.Dataset({"potential": potential, **lead}, axes)).to_netcdf(folder / "run.nc")


@pytest.mark.parametrize(("tissue", "films"), [(CABLE, 0), (SHEET, 1)])
def test_a_run_has_pictures_and_beyond_a_cable_an_animation(tissue, films, tmp_path):
    write(tmp_path, tissue)
    paths = draw_run(tmp_path / "run.nc", tmp_path / "snapshots.nc", tmp_path / "new")
    names = {f"{name}.{kind}" for name in ("activation_map", "pseudo_ecg", "snapshots") for kind in FORMATS}
    assert {path.name for path in paths} == names | ({"animation.gif"} if films else set())
    assert sorted(paths) == sorted((tmp_path / "new").iterdir())
    if films:
        with Image.open(tmp_path / "new/animation.gif") as gif:
            assert gif.n_frames == 3


def test_a_run_whose_cells_failed_has_no_pictures(tmp_path):
    xr.Dataset({"status": 1}).to_netcdf(tmp_path / "run.nc")
    assert draw_run(tmp_path / "run.nc", tmp_path / "snapshots.nc", tmp_path / "new") == []
    assert not (tmp_path / "new").exists()
