"""Tissues that do not fit into memory are refused before anything is allocated."""

import pytest

from pointes.errors import UserError
from pointes.tissue.geometry import memory


def test_what_does_not_fit_into_memory_says_how_much_it_needs():
    with pytest.raises(UserError) as caught:
        memory.check((1000, 1000, 2000), states=100_000)
    message = str(caught.value)
    needed, available = message.split(" GB of memory, of which ")
    assert needed == "a tissue of 2000 × 1000 × 1000 nodes with 100000 states each needs 1600160.0"
    available, advice = available.split(" GB are free; ")
    assert 0 < float(available) < 1600160
    assert advice == "expected a larger spacing or a smaller tissue"


def test_what_fits_passes():
    memory.check((10, 10, 10), states=41)
