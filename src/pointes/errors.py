"""The exception for a mistake that the user can mend. It is shown as a single line, never as a traceback."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import Enum
from itertools import islice
from math import inf
from pathlib import Path
from typing import Final, Self


class _NoValue(Enum):
    """Value of a mistake that has none; None is a value that a user may have given."""

    NO_VALUE = "no value"


NO_VALUE: Final = _NoValue.NO_VALUE

LONGEST_MESSAGE = 2000
"""Largest number of characters of a mistake's line; of a longer one the middle is left out."""
LONGEST_VALUE = 300
"""Largest number of characters that are shown of a text given by the user."""
MOST_ITEMS = 10
"""Largest number of items that are shown of a list or a mapping given by the user."""
LARGEST_INTEGER = 10**300
"""Largest integer that is shown with all its digits."""


class UserError(Exception):
    """A mistake in what the user gave, as data; its text is made here and nowhere else.

    ``name`` is the key, option, argument or column that is wrong, ``value`` the value that was given, ``expected`` says
    which values would be right, and ``where`` is the file, line or section. A mistake without a value is one clause.
    Whatever the user gave, the text is one line of bounded length without control characters.

    Examples
    --------
    >>> print(UserError("protocol.beats", 0, "an integer of at least 1", "my.yaml"))
    my.yaml: protocol.beats: 0; expected an integer of at least 1
    >>> print(UserError("no write permission", where="results/a"))
    results/a: no write permission
    """

    def __init__(self, name: str, value: object = NO_VALUE, expected: str = "", where: object = "") -> None:
        super().__init__(name, value, expected, where)
        self.name = name
        self.value = value
        self.expected = expected
        self.where = str(where)
        self.outer = ""

    def __str__(self) -> str:
        text = self.outer + self._text() + (f"; expected {self.expected}" if self.expected else "")
        return _shortened(printable(text), LONGEST_MESSAGE)

    def _text(self) -> str:
        place = f"{self.where}: " if self.where else ""
        value = "" if self.value is NO_VALUE else f": {_as_text(self.value)}"
        return f"{place}{self.name}{value}"

    def within(self, outer: object) -> Self:
        """Return the same mistake with the place that contains it put in front.

        Examples
        --------
        >>> print(UserError("IC50", -1, "a positive number", "line 3").within("drugs.csv"))
        drugs.csv: line 3: IC50: -1; expected a positive number
        """
        return self._with(outer=f"{outer}: {self.outer}")

    def renamed(self, names: Mapping[str, str]) -> Self:
        """Return the same mistake about the name that another layer has for the same thing; other names stay."""
        return self._with(name=names.get(self.name, self.name))

    def _with(self, **attributes: str) -> Self:
        # Not copy.copy: once dask has loaded tblib, copies of an exception share its attributes
        error = type(self).__new__(type(self), *self.args)
        vars(error).update(vars(self) | attributes)
        return error


class UserErrors(UserError):  # noqa: N818  it holds several errors
    """Several mistakes, each of which has its line.

    Examples
    --------
    >>> print(UserErrors([UserError("seed", -1, "at least 0"), UserError("beats", 0, "at least 1")]))
    seed: -1; expected at least 0
    beats: 0; expected at least 1
    """

    def __init__(self, errors: Iterable[UserError]) -> None:
        self.errors = tuple(errors)
        super().__init__("several mistakes")
        self.args = (self.errors,)

    def __str__(self) -> str:
        return "\n".join(map(str, self.errors))

    def within(self, outer: object) -> Self:
        """Return the same mistakes with the place that contains them put in front of each."""
        return type(self)(error.within(outer) for error in self.errors)

    def renamed(self, names: Mapping[str, str]) -> Self:
        """Return the same mistakes about the names that another layer has for the same things."""
        return type(self)(error.renamed(names) for error in self.errors)


class UnknownNameError(UserError):
    """A name that is not among the known ones, as `unknown` makes it; ``name`` is the kind of thing it denotes."""

    def _text(self) -> str:
        return f"unknown {self.name} {_as_text(str(self.value))}{f' in {self.where}' if self.where else ''}"


def printable(text: str) -> str:
    r"""Return a text with escapes for all characters that are not printed, among them those that end a line.

    Examples
    --------
    >>> print(printable("IKr\x1b[2J\n"))
    IKr\x1b[2J\n
    """
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest // 2]} ... {text[-longest // 2 :]}"


def _as_text(value: object, levels: int = 4) -> str:
    """Return a value as text. A large one is shown in part: YAML can make one of exponential size from a few lines."""
    match value:
        case str() | Path():
            return repr(_shortened(str(value), LONGEST_VALUE))
        case float():
            return f"{value:g}"
        case list() | tuple() | set() | dict() if not levels:
            return "..."
        case list() | tuple() | set():
            shown = [_as_text(item, levels - 1) for item in islice(value, MOST_ITEMS)]
            return f"[{_listed(shown, len(value))}]"
        case dict():
            first = islice(value.items(), MOST_ITEMS)
            shown = [f"{_as_text(name)}: {_as_text(item, levels - 1)}" for name, item in first]
            return f"{{{_listed(shown, len(value))}}}"
        case int() if abs(value) > LARGEST_INTEGER:  # Python refuses to write out the largest ones
            return f"an integer of {value.bit_length()} bits"
    return _shortened(str(value), LONGEST_VALUE)


def _listed(items: list[str], count: int) -> str:
    return ", ".join([*items, "..."] if count > len(items) else items)


def unknown(kind: str, value: object, choices: Iterable[str], where: object = "") -> UnknownNameError:
    """Return the error for a name that is not among the known ones of this kind of thing.

    Examples
    --------
    >>> print(unknown("channel", "Ikr", ["IKr", "IKs"]))
    unknown channel 'Ikr'; expected one of IKr, IKs; did you mean IKr?
    """
    choices = list(choices)
    by_lower_case = {choice.lower(): choice for choice in choices}
    close = [by_lower_case[match] for match in get_close_matches(str(value).lower(), by_lower_case, n=1)]
    hint = f"; did you mean {close[0]}?" if close else ""
    return UnknownNameError(kind, str(value), f"one of {', '.join(choices)}{hint}", where)


def check_positive(name: str, value: float, unit: str = "") -> None:
    """Raise a UserError unless a value is a positive, finite number.

    Examples
    --------
    >>> check_positive("size_mm", -1.0)
    Traceback (most recent call last):
    pointes.errors.UserError: size_mm: -1; expected a positive number
    """
    if not 0 < value < inf:
        raise UserError(name, value, f"a positive number{unit and f' [{unit}]'}")


def damaged(path: Path | str, reason: object) -> UserError:
    """Return the error for a file of results that is cut short or otherwise no longer what was written.

    Snakemake makes a file of a finished campaign again only if the file is named as a target.
    """
    remedy = "remove this file and run `snakemake` again, with the file as target if the campaign had ended"
    return UserError(f"damaged ({reason}); {remedy}", where=path)
