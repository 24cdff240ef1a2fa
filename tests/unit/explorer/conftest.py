"""Small campaigns and a panel of paced cells."""

import pytest

from ... import explored


@pytest.fixture(scope="session")
def blocks(tmp_path_factory):
    return explored.make_class(tmp_path_factory.mktemp("blocks"))


@pytest.fixture(scope="session")
def rhythms(tmp_path_factory):
    return explored.make_quantities(tmp_path_factory.mktemp("rhythms"))


@pytest.fixture(scope="session")
def panel(tmp_path_factory):
    return explored.make_panel(tmp_path_factory.mktemp("panel"))


@pytest.fixture
def data_of():
    """Return a function that reads the data of a page."""
    return explored.data_of
