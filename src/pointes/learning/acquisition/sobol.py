"""Points of a Sobol sequence, which look at no labels."""

from pointes.learning.acquisition.base import PassiveDesign


class Sobol(PassiveDesign):
    """Continuation of the start: all points belong to the unbiased stream."""

    stream_share = 1.0
