import numpy as np
import pytest
import xarray

from pointes.figures import failing_cells as module


@pytest.fixture
def failing():
    """Cells fail under the first and the third drug; under the third one too few of them are failing to compare."""
    share = np.zeros((3, 2, 3))
    share[..., 2] = 0.05
    share[0] = [[0.1, 0.05, 0.2], [0.4, 0.3, 0.5]]
    share[2] = [[0.0, 0.0, 0.05], [0.02, 0.01, 0.07]]
    auc = np.full((3, 2, 3), np.nan)
    auc[0] = [[0.1, 0.05, 0.2], [0.55, 0.4, 0.7]]
    return xarray.Dataset(
        {
            "share": (("drug", "dose", "bound"), share),
            "auc": (("drug", "factor", "bound"), auc),
            "category": ("drug", ["intermediate", "low", "high"]),
        },
        {"drug": ["a", "b", "c"], "dose": [1.0, 4.0], "factor": ["IKr", "ICaL"]},
    )


def test_drugs_without_a_failing_cell_are_counted_and_not_drawn(failing):
    figure = module.draw(failing)
    shares, *_ = figure.axes
    assert [text.get_text() for text in shares.get_yticklabels()] == ["a", "c"]
    assert figure.get_suptitle() == "2 drugs under which cells fail; 1 others without a failing cell"


def test_largest_share_comes_first(failing):
    swapped = failing.isel(drug=[2, 1, 0])
    shares, *_ = module.draw(swapped).axes
    assert [text.get_text() for text in shares.get_yticklabels()] == ["a", "c"]


def test_shares_and_intervals_are_percentages_from_small_dose_to_large(failing):
    shares, *_ = module.draw(failing.isel(dose=[1, 0])).axes
    first = shares.lines[0]
    np.testing.assert_allclose(first.get_xdata(), [10, 40])
    assert first.get_ydata()[0] < 0 < first.get_ydata()[1]
    ends = [collection.get_segments()[0][:, 0] for collection in shares.collections]
    np.testing.assert_allclose(ends, [[5, 20], [30, 50], [0, 5], [1, 7]])


def test_numbers_stand_where_the_interval_leaves_out_one_half(failing):
    _, contrasts, _ = module.draw(failing).axes
    (image,) = contrasts.images
    assert np.ma.getmaskarray(image.get_array()).tolist() == [[False, False], [True, True]]
    assert [(text.get_text(), text.get_position()) for text in contrasts.texts] == [("0.10", (0, 0))]
    assert contrasts.get_title("left") == "Conductances at 4 × Cmax"


def test_without_a_failing_cell_it_says_so(failing):
    (axes,) = module.draw(failing.isel(drug=[1])).axes
    assert axes.texts[0].get_text() == "No cell of the population fails at any dose of any drug."
