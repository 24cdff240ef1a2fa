"""The iterations of a campaign, put together."""

import json

import numpy as np

from pointes.campaign.configuration.meaning import meaning
from pointes.campaign.configuration.schema import Config
from pointes.campaign.files.samples import make
from pointes.campaign.files.store import write
from pointes.campaign.space import Space
from pointes.campaign.steps.collect import collect

RANGES = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.0, 0.5)})


def test_iterations_are_put_together_in_order(tmp_path):
    for number in range(2):
        points = np.full((2, 2), 0.1 * number)
        purpose = np.zeros(2, np.int8)
        part = make(points, RANGES, sample_id=np.arange(2, dtype=np.int32) + 2 * number, purpose=purpose)
        write(tmp_path / f"{number}.nc", part)
    collected = collect([tmp_path / "0.nc", tmp_path / "1.nc"], meaning(Config().model_dump(mode="json")), "f")
    np.testing.assert_array_equal(collected["sample_id"], [0, 1, 2, 3])
    assert json.loads(collected.attributes["config"])["protocol.beats"] == 30
