"""Enumerations and defaults that several parts of pointes share: purposes, statuses, fidelities, methods, designs.

Only the standard library is imported, so that everyone may import this module at no cost. The values of enumerations
are the flag values of the netCDF variables of the same name, and their names in lower case are the flag meanings.
"""

import re
from enum import IntEnum


class Purpose(IntEnum):
    """Reason for which a point is labelled."""

    START = 0  # point of the space-filling start
    BOUNDARY = 1  # chosen by the acquisition, because its label is expected to tell much about the boundary
    STREAM = 2  # point of the unbiased Sobol stream, whose label is predicted before it is known
    GIVEN = 3  # labelled elsewhere: no learner proposed it
    VERIFICATION = 4  # beside the boundary, its label predicted before it is known, when learning seems complete
    CONTROL = 5  # without any block; it counts neither for the start nor for the stream
    LANDMARK = 6  # wanted by the user of the learner, whatever its label may tell


class Status(IntEnum):
    """Outcome of a simulation. One that failed or was lost has no label, and is never counted as safe."""

    OK = 0
    FAILED = 1
    LOST = 2


class Failure(IntEnum):
    """Reason for which a simulation failed; the last three are the reasons for the status ``LOST``."""

    NONE = 0
    NOT_FINITE = 1
    TOO_MANY_STEPS = 2
    POTENTIAL_OUT_OF_RANGE = 3
    NO_CAPTURE = 4
    WORKER_DIED = 5
    TIMED_OUT = 6
    MEMORY_EXCEEDED = 7


class Fidelity(IntEnum):
    """One of the two simulators of a two-fidelity campaign."""

    LOW = 0  # the cheap simulator
    HIGH = 1  # the expensive simulator, whose boundary is learned


METHODS = ("autoregressive", "stacked", "pooled", "single")
"""Classifiers of the high fidelity, which use low-fidelity labels differently."""

DESIGNS = ("active", "sobol", "random")
"""Ways of choosing points that replays compare."""

TOLERANCE = 1.2e-4
"""Default error of an integration step of a cell: 0.012 mV, or 1.2e-4 of a gate or of a tenth of a concentration."""

LABORATORY_SD = 0.36
"""Standard deviation of log10 IC50 of hERG between laboratories, for the 28 drugs of CiPA [decades]."""

CYCLE_LENGTHS_MS = (100, 20000)
"""Shortest and longest time between stimuli [ms] that commands and configurations accept."""

LOW_PER_HIGH = 8
"""Low-fidelity points of the start for each high-fidelity point."""

COARSE = "coarse"
"""Scale of a low fidelity that is the tissue of the high one on a coarser grid."""

MOST_FIBROSIS = 0.9
"""Largest share of a tissue that may be fibrotic."""

DIFFUSIVITY_ALONG = 0.0953
"""Default diffusivity along fibres [mm²/ms]: conductivities of Niederer et al. 2011 (doi:10.1098/rsta.2011.0139)."""

TABLE = "POINTES_TABLE"
"""Environment variable that is set where a table on the terminal shows the progress (`pointes.cli.live`)."""


def meanings(enumeration: type[IntEnum]) -> tuple[str, ...]:
    """Return the names of an enumeration in lower case, in the order of their values.

    Examples
    --------
    >>> meanings(Status)
    ('ok', 'failed', 'lost')
    """
    return tuple(member.name.lower() for member in enumeration)


def class_as_text(name: str) -> str:
    """Return the name of a class that files give, which has no spaces, as text.

    Examples
    --------
    >>> class_as_text("no_alternans"), class_as_text("apd90_ms>500")
    ('no alternans', 'apd90_ms > 500')
    """
    spaced = re.sub("(<=|>=|<|>)", r" \1 ", name)
    return spaced if " " in spaced else name.replace("_", " ")
