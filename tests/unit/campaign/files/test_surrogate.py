"""The fitted classifier as a file."""

import numpy as np
import pytest

from pointes import netcdf
from pointes.campaign.files import surrogate
from pointes.campaign.space import Space
from pointes.errors import UserError
from pointes.learning import GaussianProcessClassifier
from pointes.netcdf import Variable

RANGES = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.0, 0.5)})


def test_surrogate_survives_the_file_bit_for_bit(tmp_path):
    points = np.random.default_rng(1).uniform([0, 0], [1, 0.5], size=(30, 2))
    labels = (points[:, 0] > 0.5 + points[:, 1]).astype(np.int8)
    classifier = GaussianProcessClassifier.fit(points, labels, RANGES.bounds)
    surrogate.write(tmp_path / "surrogate.nc", classifier, RANGES)
    back, ranges = surrogate.read(tmp_path / "surrogate.nc")
    assert ranges == RANGES
    np.testing.assert_array_equal(back.predict_proba(points), classifier.predict_proba(points))


def test_surrogate_of_another_version_is_refused_in_one_line(tmp_path):
    netcdf.write(tmp_path / "surrogate.nc", {"bounds": Variable(("a", "b"), np.eye(2))}, {"parameters": "IKr ICaL"})
    with pytest.raises(UserError, match="expected a classifier of this version of pointes"):
        surrogate.read(tmp_path / "surrogate.nc")
