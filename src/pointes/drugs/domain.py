"""The domain of a classification of drugs: how far the block of a compound is from that of the drugs it was fitted to.

A compound is outside if it blocks a channel more than any of these drugs does at the largest dose, or if its blocks of
all channels together are farther from those of the nearest drug than any drug is from its own nearest neighbour: strong
block of two channels that no drug blocks together is new, too.
"""

from typing import NamedTuple

import numpy as np

RESOLVED = 0.01
"""Smallest difference of a block that counts [-]."""  # ASSUME: assays resolve no smaller ones


class Excess(NamedTuple):
    """A quantity of a compound that is beyond the range of the drugs of a panel."""

    what: str  # a channel, or `TOGETHER`
    value: float  # of the compound [-]
    limit: float  # largest value of the drugs [-]

    def __str__(self) -> str:
        beyond = f"{abs(self.value - self.limit):.2f} beyond the {self.limit:.2f} of the drugs of the panel"
        if self.what == TOGETHER:
            return f"{TOGETHER}: distance {self.value:.2f} from the nearest drug, {beyond}"
        return f"block of {self.what} is {self.value:.2f}, {beyond}"


class Neighbour(NamedTuple):
    """The drug of a panel whose blocks are the most similar ones."""

    drug: str
    distance: float  # Euclidean distance of the blocks of all channels [-]


TOGETHER = "blocks of all channels together"


def nearest(block: np.ndarray, drugs: tuple[str, ...], blocks: np.ndarray) -> Neighbour:
    """Return the drug whose ``blocks``, (n_drugs, n_channels), are nearest to those of a compound, (n_channels,)."""
    distance = _distances(block, blocks)
    row = int(distance.argmin())
    return Neighbour(drugs[row], float(distance[row]))


def excesses(block: np.ndarray, channels: tuple[str, ...], blocks: np.ndarray) -> list[Excess]:
    """Return in which channels, and whether in their combination, a compound is outside the domain.

    Parameters
    ----------
    block : (n_channels,) array
        Block by the compound at the largest dose [-].
    channels
        Names of the channels.
    blocks : (n_drugs, n_channels) array
        Blocks by two drugs or more at that dose [-].

    Examples
    --------
    >>> excesses(np.array([0.9, 0.1]), ("IKr", "ICaL"), np.array([[0.7, 0.0], [0.5, 0.2]]))[0]
    Excess(what='IKr', value=0.9, limit=0.7)
    """
    largest = blocks.max(axis=0)
    found = [
        Excess(channel, float(value), float(limit))
        for channel, value, limit in zip(channels, block, largest, strict=True)
        if value > limit + RESOLVED
    ]
    own = max(float(_distances(one, np.delete(blocks, row, axis=0)).min()) for row, one in enumerate(blocks))
    distance = float(_distances(block, blocks).min())
    if distance > own + RESOLVED:
        found.append(Excess(TOGETHER, distance, own))
    return found


def _distances(block: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm(blocks - block, axis=1))
