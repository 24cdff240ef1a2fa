"""Points of a Sobol sequence, chosen without regard to labels."""

from pointes.learning.acquisition.random import Random


class Sobol(Random):
    """Continuation of the start: all points belong to the unbiased stream."""

    stream_share = 1.0
