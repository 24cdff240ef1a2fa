"""Random points, which look at no labels."""

from pointes.learning.acquisition.base import PassiveDesign


class Random(PassiveDesign):
    """Random points of uniform density."""
