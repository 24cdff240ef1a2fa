"""Small campaigns and a panel of paced cells."""

import pytest

from ... import explored
from ...explored import made_class as made_class
from ...explored import made_panel as made_panel
from ...explored import made_quantities as made_quantities


@pytest.fixture
def data_of():
    """Return a function that reads the data of a page."""
    return explored.data_of
