"""The one exception for a mistake that the user can mend: shown as a single line, never as a traceback."""

from collections.abc import Iterable
from difflib import get_close_matches
from math import inf
from pathlib import Path


class UserError(Exception):
    """A mistake in what the user gave; the message names the key, the value, what was expected and where."""


def unknown(kind: str, value: object, choices: Iterable[str], where: str = "") -> UserError:
    """Return the error for a name that is not among the known ones.

    Parameters
    ----------
    kind
        What the name should have been: ``"model"``, ``"channel"``, ...
    value
        What the user wrote.
    choices
        The known names, listed in the message.
    where
        The file or option that held the value; left out of the message when empty.

    Examples
    --------
    >>> print(unknown("channel", "Ikr", ["IKr", "IKs"]))
    unknown channel 'Ikr'; expected one of IKr, IKs; did you mean IKr?
    """
    choices = list(choices)
    by_lower_case = {choice.lower(): choice for choice in choices}
    close = [by_lower_case[match] for match in get_close_matches(str(value).lower(), by_lower_case, n=1)]
    message = f"unknown {kind} {str(value)!r}{f' in {where}' if where else ''}; expected one of {', '.join(choices)}"
    return UserError(message + (f"; did you mean {close[0]}?" if close else ""))


def check_positive(name: str, value: float, unit: str = "") -> None:
    """Raise a UserError unless a value is a positive, finite number.

    Examples
    --------
    >>> check_positive("size", -1.0, "mm")
    Traceback (most recent call last):
    pointes.errors.UserError: size -1 mm; expected a positive number
    """
    if not 0 < value < inf:
        raise UserError(f"{name} {value:g}{unit and f' {unit}'}; expected a positive number")


def damaged(path: Path | str, reason: object) -> UserError:
    """Return the error for a file of results that is cut short or otherwise no longer what was written.

    Files are moved into place whole, so that is the work of a broken disk or copy, or of an editor. Of a campaign that
    has ended Snakemake makes no file again that it is not asked for, as long as the figures are there.

    Examples
    --------
    >>> print(damaged("drugs.nc", "NetCDF: HDF error").args[0].partition("; ")[2])
    remove this file and run `snakemake` again, with the file as target if the campaign had ended
    """
    return UserError(
        f"{path}: damaged ({reason}); remove this file and run `snakemake` again, with the file as target if the "
        "campaign had ended"
    )
