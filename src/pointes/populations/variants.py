"""Variants of a cell model: the parameters that each of them changes, as drawn or as read from a table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pointes import cells, netcdf
from pointes.errors import UserError, unknown
from pointes.files import reading_netcdf
from pointes.tables import number, read_table

NUMBER = "variant"
"""Name of the column, and of the dimension of files, that numbers the variants."""
LARGEST = 2**53
"""Largest number of a variant: up to it integers are exact in double precision."""


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
    """n variants of a model, by the parameters that they change.

    A parameter is a current such as ``"IKr"``, with factors of its conductance, or a literal of the model file such as
    ``"extracellular.ko"``, with values in the units of the model file.
    """

    columns: Mapping[str, np.ndarray]  # factors or values by parameter, (n,)
    numbers: np.ndarray  # integers that identify the variants in later populations, (n,)
    origin: str  # file of the variants, or the way in which they were drawn

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
        """Raise a UserError for a value that is not finite, and for a negative factor of a conductance."""
        for name, column in self.columns.items():
            is_factor = name in model.conductances
            wrong = np.flatnonzero(~(np.isfinite(column) & ((column >= 0) | (not is_factor))))
            if wrong.size:
                what = f"factor of {name}" if is_factor else name
                expected = "a finite number, 0 or more" if is_factor else "a finite number"
                raise UserError(what, float(column[wrong[0]]), expected, f"{self.origin}: row {wrong[0] + 1}")


def literals(model: str, parameters: Iterable[str]) -> tuple[str, ...]:
    """Return the parameters that are literals of a model and not currents, which `pointes.cells.load` may vary.

    Raises
    ------
    UserError
        A name is neither a current of the model nor a qualified name.
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
        CSV file with one column per parameter (`Variants.columns`) and perhaps a column ``variant`` of integers that
        number the variants; or the file of a population, whose accepted variants are read if it was calibrated.

    Raises
    ------
    UserError
        The file cannot be read or has no variants, or an entry is no number; the message names column and line.
    """
    path = Path(path)
    return _read_population(path) if path.suffix == ".nc" else _read_table(path)


def _read_table(path: Path) -> Variants:
    table = read_table(path, "variant")
    table.check_columns([])
    if not set(table.header) - {NUMBER}:
        raise UserError("no parameter", expected="a column per parameter and a row per variant", where=path)
    values = np.array(
        [[_number(cell, name, f"{path}: line {line}") for name, cell in row.items()] for line, row in table.rows()]
    )
    columns = dict(zip(table.header, values.T.copy(), strict=True))
    numbers = columns.pop(NUMBER, np.arange(len(values)))
    if (numbers != np.round(numbers)).any() or np.abs(numbers).max() > LARGEST or len(set(numbers)) < len(numbers):
        raise UserError(f"column {NUMBER!r} does not number the variants", expected="integers, each once", where=path)
    return Variants(columns, numbers.astype(np.int64), str(path))


def _number(cell: str, name: str, where: str) -> float:
    value = number(cell)
    if np.isnan(value):
        raise UserError(name, cell, "a finite number", where)
    return value


def _read_population(path: Path) -> Variants:
    try:
        with reading_netcdf(path) as file:
            netcdf.check_sizes(file, path)
            accepted = file["accepted"][:] == 1 if "accepted" in file.variables else slice(None)
            columns = {
                name: np.asarray(file[variable_name(name)][:], float)[accepted] for name in file.parameters.split()
            }
            numbers = file[NUMBER][:][accepted]
            if any(column.shape != np.shape(numbers) for column in columns.values()):
                raise ValueError("columns of unequal length")
    except (OSError, RuntimeError, AttributeError, IndexError, TypeError, ValueError) as error:
        raise UserError(f"cannot read a population from this file ({error})", where=path) from None
    if not len(numbers):
        raise UserError("accepted variants", 0, "at least 1", path)
    return Variants(columns, numbers, str(path))
