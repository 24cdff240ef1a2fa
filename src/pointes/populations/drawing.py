"""Drawing the variants of a population, the same ones for the same seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from pointes.cells import CellModel
from pointes.errors import UserError, unknown
from pointes.populations.variants import Variants

SAMPLERS = ("latin-hypercube", "sobol")
SYNTAX = "NAME=LOW:HIGH or NAME=lognormal:SIGMA, for example IKr=0.5:2"


@dataclass(frozen=True)
class Uniform:
    """Factors that are equally likely from ``low`` to ``high``."""

    low: float
    high: float

    def quantile(self, share: np.ndarray) -> np.ndarray:
        """Return the factors at these cumulative probabilities."""
        return self.low + (self.high - self.low) * share

    def __str__(self) -> str:
        return f"{self.low:g}:{self.high:g}"


@dataclass(frozen=True)
class LogNormal:
    """Factors whose natural logarithm has mean 0 and standard deviation ``sigma``: their median is 1."""

    sigma: float

    def quantile(self, share: np.ndarray) -> np.ndarray:
        """Return the factors at these cumulative probabilities."""
        # Scrambled points may lie on the edges of the cube, where the factor would be 0 or infinite.
        return np.asarray(np.exp(self.sigma * scipy.special.ndtri(np.clip(share, 1e-12, 1 - 1e-12))))

    def __str__(self) -> str:
        return f"lognormal:{self.sigma:g}"


Distribution = Uniform | LogNormal


def parse_distributions(option: str, given: Sequence[str]) -> dict[str, Distribution]:
    """Return the distributions that are written ``NAME=LOW:HIGH`` or ``NAME=lognormal:SIGMA``, by name.

    Raises
    ------
    UserError
        A text has another form, names a parameter again, or gives a negative factor or an empty range.

    Examples
    --------
    >>> parse_distributions("--scale", ["IKr=0.5:2", "ICaL=lognormal:0.3"])
    {'IKr': Uniform(low=0.5, high=2.0), 'ICaL': LogNormal(sigma=0.3)}
    """
    found: dict[str, Distribution] = {}
    for text in given:
        name, _, distribution = text.partition("=")
        first, _, second = distribution.partition(":")
        try:
            name, numbers = name.strip(), [float(number) for number in (first, second) if number != "lognormal"]
        except ValueError:
            numbers = []
        if not name or len(numbers) != (1 if first == "lognormal" else 2) or not np.isfinite(numbers).all():
            raise UserError(option, text, SYNTAX)
        if name in found:
            raise UserError(option, text, f"one distribution for each parameter; {name} is given twice")
        if first == "lognormal":
            if numbers[0] <= 0:
                raise UserError(option, text, "a sigma of more than 0")
            found[name] = LogNormal(*numbers)
        else:
            if not 0 <= numbers[0] < numbers[1]:
                raise UserError(option, text, "factors 0 <= LOW < HIGH")
            found[name] = Uniform(*numbers)
    return found


def draw(
    model: CellModel,
    scale: Mapping[str, Distribution],
    n: int,
    *,
    seed: int = 0,
    sampler: str = SAMPLERS[0],
    lot: int = 0,
) -> Variants:
    """Draw variants of a model: evenly spread points of the unit cube are mapped by the quantiles of the distributions.

    Parameters
    ----------
    model
        Model from `pointes.cells.load`, with the literals to be drawn in its ``vary``.
    scale
        Distribution by parameter of a factor of the conductance of a current or of the published value of a literal.
    n
        Number of variants.
    seed
        Seed: the same seed, model, distributions and ``n`` give the same variants.
    sampler
        Design: ``"latin-hypercube"``, as Britton et al. and Passini et al. use, or ``"sobol"`` (scrambled).
    lot
        Index of the lot of ``n`` variants, from 0. Each lot is a Latin hypercube of its own or the next ``n`` points of
        the Sobol sequence, and its variants are numbered on from the lot before.

    Raises
    ------
    UserError
        A current, literal or sampler is unknown, nothing is drawn, or ``n`` or ``seed`` is too small.

    Examples
    --------
    >>> from pointes import cells
    >>> variants = draw(cells.load("ohara-2011", "mid"), {"IKr": Uniform(0, 4)}, 4)
    >>> np.sort(variants.columns["IKr"]).astype(int)  # one in each quarter
    array([0, 1, 2, 3])
    """
    if sampler not in SAMPLERS:
        raise unknown("sampler", sampler, SAMPLERS)
    if not scale:
        raise UserError("no parameter is drawn", expected="a distribution for at least one")
    if n < 1:
        raise UserError("number of variants", n, "at least 1")
    if seed < 0:
        raise UserError("seed", seed, "0 or more")
    for name in scale:
        if name not in model.conductances and name not in model.parameters:
            raise unknown("current or literal", name, [*model.conductances, *model.parameters])
    first = lot * n
    if sampler == "sobol":
        # Balanced only for powers of 2, of which the first points are taken
        points = scipy.stats.qmc.Sobol(len(scale), rng=seed).random_base2(max(0, (first + n - 1).bit_length()))
        cube = points[first : first + n]
    else:
        cube = scipy.stats.qmc.LatinHypercube(len(scale), rng=seed if lot == 0 else [seed, lot]).random(n)
    columns = {}
    for (name, distribution), share in zip(scale.items(), cube.T, strict=True):
        published = 1.0 if name in model.conductances else model.parameters[name]
        columns[name] = published * distribution.quantile(share)
    drawn = ", ".join(f"{name}={distribution}" for name, distribution in scale.items())
    return Variants(columns, np.arange(first, first + n), f"{sampler} with seed {seed} of factors {drawn}")
