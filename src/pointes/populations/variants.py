"""The variants of a population: what each of them changes in the model, as drawn or as read from a table."""

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pointes import cells
from pointes.errors import UserError, unknown
from pointes.files import reading_netcdf

NUMBER = "variant"  # the column, and the dimension of files, that numbers the variants


def variable_name(name: str) -> str:
    """Return the name of a netCDF variable for a name that may be qualified: CF allows no points.

    Examples
    --------
    >>> variable_name("extracellular.ko")
    'extracellular_ko'
    """
    return name.replace(".", "_")


@dataclass(frozen=True)
class Variants:
    """What the variants of a model change, n of them.

    Attributes
    ----------
    columns
        (n,) arrays by parameter. That of a current, as ``"IKr"``, is the factor of its conductance; that of a literal
        of the model file, by its qualified name as ``"extracellular.ko"``, is its value in the units of the model file.
    numbers : (n,) array
        Integers by which a variant is known in later populations made from this one.
    origin
        Where they come from: a file, or how they were drawn.
    """

    columns: Mapping[str, np.ndarray]
    numbers: np.ndarray
    origin: str

    def __len__(self) -> int:
        return len(self.numbers)

    def part(self, rows: slice) -> "Variants":
        """Return some of the variants."""
        return Variants({name: column[rows] for name, column in self.columns.items()}, self.numbers[rows], self.origin)

    def followed_by(self, others: "Variants") -> "Variants":
        """Return these variants and then others of the same parameters."""
        columns = {name: np.concatenate([column, others.columns[name]]) for name, column in self.columns.items()}
        return Variants(columns, np.concatenate([self.numbers, others.numbers]), self.origin)

    def values(self, model: cells.CellModel) -> dict[str, np.ndarray]:
        """Return the variants as `pointes.cells.pace` takes them: values of the model's parameters.

        A conductance that is given as a literal and scaled, too, is the product of both.
        """
        values = {name: column for name, column in self.columns.items() if name not in model.conductances}
        for current, factor in self.columns.items():
            if current in model.conductances:
                name = model.conductances[current]
                values[name] = values.get(name, model.parameters[name]) * factor
        return values

    def check(self, model: cells.CellModel) -> None:
        """Refuse a factor of a conductance that is negative or infinite, and a value that is not finite.

        Raises
        ------
        UserError
            Naming the parameter, its value and its row.
        """
        for name, column in self.columns.items():
            is_factor = name in model.conductances
            wrong = np.flatnonzero(~(np.isfinite(column) & ((column >= 0) | (not is_factor))))
            if wrong.size:
                what = f"factor of {name}" if is_factor else name
                expected = "a finite number, 0 or more" if is_factor else "a finite number"
                raise UserError(
                    f"{self.origin}: {what} is {column[wrong[0]]:g} in row {wrong[0] + 1}; expected {expected}"
                )


def literals(model: str, parameters: Iterable[str]) -> tuple[str, ...]:
    """Return those parameters that are literals of a model and not currents: what `pointes.cells.load` may vary.

    Raises
    ------
    UserError
        When a name is neither a current of the model nor a qualified name. (Loading refuses one of no literal.)
    """
    currents = cells.describe(model)["currents"]
    found = []
    for name in parameters:
        if name not in currents:
            if "." not in name:
                raise unknown("current", name, currents, f"model {model}")
            found.append(name)
    return tuple(found)


def read_variants(path: Path) -> Variants:
    """Read variants from a CSV file, or from the netCDF file of an earlier population.

    Parameters
    ----------
    path
        A CSV file has one column per parameter (`Variants.columns`); a column ``variant`` with integers numbers the
        variants, which else are counted from 0. Of a population that was calibrated, the accepted variants are read.

    Raises
    ------
    UserError
        The file cannot be read, has no variants, or an entry is no number; names the column and the row.
    """
    path = Path(path)
    return _read_population(path) if path.suffix == ".nc" else _read_table(path)


def _read_table(path: Path) -> Variants:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header, *rows = [row for row in csv.reader(file, skipinitialspace=True) if row] or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: cannot read variants from this file ({error})") from None
    header = [name.strip() for name in header]
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise UserError(f"{path}: two columns {twice!r}; expected one per parameter")
    if not set(header) - {NUMBER} or not rows:
        raise UserError(f"{path}: no variants; expected a column per parameter and a row per variant")
    table = np.empty((len(rows), len(header)))
    for k, row in enumerate(rows):
        if len(row) != len(header):
            raise UserError(f"{path}: {len(row)} entries in row {k + 1}; expected {len(header)}, as in the header")
        table[k] = [_number(entry, f"{path}: {name}", k + 1) for name, entry in zip(header, row, strict=True)]
    columns = dict(zip(header, table.T.copy(), strict=True))
    numbers = columns.pop(NUMBER, np.arange(len(rows)))
    if (numbers != np.round(numbers)).any() or len(set(numbers)) < len(numbers):
        raise UserError(f"{path}: column {NUMBER!r} does not number the variants; expected integers, each only once")
    return Variants(columns, numbers.astype(np.int64), str(path))


def _number(text: str, what: str, row: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UserError(f"{what} is {text!r} in row {row}; expected a finite number")
    return value


def _read_population(path: Path) -> Variants:
    try:
        with reading_netcdf(path) as file:
            accepted = file["accepted"][:] == 1 if "accepted" in file.variables else slice(None)
            columns = {name: file[variable_name(name)][:][accepted] for name in file.parameters.split()}
            numbers = file[NUMBER][:][accepted]
    except (OSError, RuntimeError, AttributeError, IndexError) as error:
        raise UserError(f"{path}: cannot read a population from this file ({error})") from None
    if not len(numbers):
        raise UserError(f"{path}: no variant was accepted; expected at least one")
    return Variants(columns, numbers, str(path))
