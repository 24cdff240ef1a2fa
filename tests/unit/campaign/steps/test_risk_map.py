"""The risk map: its axes."""

import numpy as np
import pytest
import xarray

from pointes.campaign.space import Space
from pointes.campaign.steps.risk_map import write_risk_map

from .conftest import RANGES, Ramp


@pytest.mark.parametrize("ranges", [RANGES, Space.of({**RANGES, "INaL": (0.25, 1.0)})])
def test_risk_map_has_its_axes_the_right_way_round(tmp_path, ranges):
    write_risk_map(tmp_path / "risk_map.nc", Ramp(), ranges)
    shift = ranges["INaL"].low if "INaL" in ranges else 0.0
    with xarray.open_dataset(tmp_path / "risk_map.nc") as risk_map:
        assert risk_map["risk"].dims == ("ICaL", "IKr")
        expected = risk_map["IKr"] - 0.5 - risk_map["ICaL"] + shift
        np.testing.assert_allclose(risk_map["latent_mean"], expected.transpose("ICaL", "IKr"), atol=1e-15)
        assert float(risk_map["ICaL"].max()) == 0.5
        assert float(risk_map["risk"].sel(IKr=1.0, ICaL=0.0)) == 1.0
        assert float(risk_map["risk"].sel(IKr=0.0, ICaL=0.5)) == 0.0
