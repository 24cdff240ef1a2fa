"""A classifier whose boundary is known."""

import numpy as np

from pointes.campaign.space import Space

BLOCKS = {"IKr": (0.0, 1.0), "ICaL": (0.0, 0.5)}
RANGES = Space.of(BLOCKS)


class Ramp:
    """A classifier whose latent mean is the distance beyond the line IKr = 0.5 + ICaL, the third parameter added."""

    def latent(self, points):
        mean = points[:, 0] - 0.5 - points[:, 1] + points[:, 2:].sum(axis=1)
        return mean, np.full(len(points), 0.1)

    def predict_proba(self, points):
        return (self.latent(points)[0] > 0).astype(float)
