"""Static block of ion channels by a drug: the Hill equation at concentrations and at multiples of Cmax."""

from collections.abc import Iterable
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from pointes.errors import UserError, unknown

if TYPE_CHECKING:
    from pointes.drugs.table import DrugTable


def hill_block(
    concentration_nM: np.ndarray | float, ic50_nM: np.ndarray | float, hill: np.ndarray | float
) -> np.ndarray:
    r"""Return the blocked fraction of a channel, :math:`1 / (1 + (\mathrm{IC}_{50}/C)^h)`.

    Assumes that block follows the concentration at once and does not depend on voltage or time (pore block).

    Parameters
    ----------
    concentration_nM
        Free concentration C [nM], not negative.
    ic50_nM
        Concentration that blocks one half [nM], positive. NaN means that no block is known.
    hill
        Hill coefficient h [-], positive. The three arguments broadcast against each other.

    Returns
    -------
    array
        Block [-] in [0, 1]; 0 where the concentration is 0 or the IC50 is NaN.

    References
    ----------
    .. [1] Hill, J. Physiol. 40, iv (1910).

    Examples
    --------
    >>> hill_block(np.array([0.0, 10.0, 30.0]), 10.0, 1.0)
    array([0.  , 0.5 , 0.75])
    """
    # The logistic function of h ln(C / IC50) is the same curve, and neither overflows nor divides by zero.
    with np.errstate(divide="ignore"):
        block = expit(hill * (np.log(concentration_nM) - np.log(ic50_nM)))
    return np.where(np.isnan(ic50_nM), 0.0, block)


def block_along_doses(
    cmax_nM: np.ndarray | float, ic50_nM: np.ndarray, hill: np.ndarray, multiples: np.ndarray
) -> np.ndarray:
    """Return the block of every channel at multiples of the free therapeutic peak concentration.

    Parameters
    ----------
    cmax_nM : (...) array
        Free peak plasma concentration of each drug [nM].
    ic50_nM, hill : (..., n_channels) array
        Hill parameters [nM] and [-]; a NaN IC50 means no known block.
    multiples : (n_doses,) array
        Doses [multiples of Cmax].

    Returns
    -------
    (..., n_doses, n_channels) array
        Block [-] in [0, 1].

    Examples
    --------
    >>> block_along_doses(5.0, np.array([10.0, np.nan]), np.array([1.0, np.nan]), np.array([2.0, 6.0]))
    array([[0.5 , 0.  ],
           [0.75, 0.  ]])
    """
    concentration = np.asarray(cmax_nM, dtype=float)[..., None, None] * np.asarray(multiples, dtype=float)[:, None]
    return hill_block(concentration, ic50_nM[..., None, :], hill[..., None, :])


def blocks_at_dose(
    table: "DrugTable", drug: str, multiple: float, channels: Iterable[str] | None = None
) -> dict[str, float]:
    """Return the block of each channel by one drug of a table at a multiple of its free Cmax.

    IC50 and Hill coefficient are point estimates (`DrugTable.point_estimate`), as for the doses in ``drugs.csv``.

    Parameters
    ----------
    table
        Table from `read_drug_table`; ``read_drug_table(path, (), model.currents)`` reads the currents of a cell model.
    drug
        Name of a drug in the table, in any capitalisation.
    multiple
        Dose [multiples of Cmax], not negative.
    channels
        Channels of the table; all of them by default.

    Returns
    -------
    dict
        Block [-] in [0, 1] by channel; 0 for a channel without a known IC50.

    Raises
    ------
    UserError
        The table does not have the drug or a channel, or the dose is negative or not finite.
    """
    rows = {name.lower(): row for row, name in enumerate(table.names)}
    if drug.lower() not in rows:
        raise unknown("drug", drug, table.names)
    if not (multiple >= 0 and isfinite(multiple)):
        raise UserError("dose", multiple, "a finite number from 0 on [multiples of Cmax]")
    channels = table.channels if channels is None else tuple(channels)
    for channel in channels:
        if channel not in table.channels:
            raise unknown("channel", channel, table.channels)
    row, chosen = rows[drug.lower()], table.select(channels)
    ic50_nM, hill = chosen.point_estimate()
    block = hill_block(multiple * table.cmax_nM[row], ic50_nM[row], hill[row])
    return dict(zip(channels, block.tolist(), strict=True))
