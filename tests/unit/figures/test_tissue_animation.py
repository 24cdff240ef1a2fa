from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from pointes.figures import tissue_animation

from .conftest import SHEET, SLAB


@pytest.mark.parametrize("dataset", [SLAB, SHEET])
def test_an_animation_has_all_frames(dataset, tmp_path):
    path = tmp_path / "new" / "v.gif"
    tissue_animation.save(dataset.isel(time_ms=slice(0, 4)), path)
    with Image.open(path) as gif:
        assert gif.n_frames == 4
        frames = []
        for frame in range(4):
            gif.seek(frame)
            frames.append(np.asarray(gif.convert("RGB")).astype(int))
    assert all(np.abs(one - other).max() > 50 for one, other in pairwise(frames))
    assert [entry.name for entry in path.parent.iterdir()] == ["v.gif"]


def test_a_frame_says_when_and_where_it_is():
    axes = tissue_animation.draw(SLAB, 3).axes[0]
    assert axes.get_title(loc="left") == "30 ms, z = 1 mm"
    np.testing.assert_array_equal(
        axes.images[0].get_array().filled(np.nan), SLAB["v_mV"].isel(time_ms=3, z=2).values.astype(float)
    )
