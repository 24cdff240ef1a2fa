"""A small panel file: six drugs, two per category, at two doses with eight samples."""

import numpy as np
import pytest

from pointes import netcdf
from pointes.campaign.files.results import variable
from pointes.netcdf import Variable

ALONG = ("drug", "dose", "sample")
NAMES = ("h1", "h2", "i1", "i2", "l1", "l2")
CATEGORIES = ("high", "high", "intermediate", "intermediate", "low", "low")


@pytest.fixture
def write_panel(tmp_path):
    """Return a function that writes a panel whose qNet is that of the categories plus a shift of each drug."""

    def write(name="panel.nc", shift=(0.0,) * 6, arrhythmic=(), attributes=None, **more):
        rng = np.random.default_rng(1)
        level = np.repeat([0.04, 0.06, 0.08], 2) + np.array(shift)
        qnet = level[:, None, None] + np.array([0.002, -0.002])[:, None] + 0.001 * rng.standard_normal((6, 2, 8))
        label = np.zeros(qnet.shape, np.int8)
        for place in arrhythmic:
            label[place] = 1
        variables = {
            "drug": variable(("drug",), np.array(NAMES), "drug"),
            "category": variable(("drug",), np.array(CATEGORIES), "published risk category"),
            "dose": variable(("dose",), np.array([1.0, 4.0]), "dose", "1"),
            "qnet_uC_per_uF": variable(ALONG, qnet, "qNet", "uC uF-1"),
            "apd90_ms": variable(ALONG, 500 - 3000 * qnet, "APD90", "ms", fill_value=np.nan),
            "label": Variable(ALONG, label, {}, np.int8(-1)),
            **more,
        }
        control = {"control_qnet_uC_per_uF": 0.07, "control_apd90_ms": 290.0}
        netcdf.write(tmp_path / name, variables, control | (attributes or {}))
        return tmp_path / name

    return write
