"""Files of states of cells, from which cells of the same model can start later.

A netCDF file has the dimension ``variant`` and one variable per state, with its qualified name and its units; a CSV
file holds one cell, with one line per state.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from pointes import netcdf
from pointes.cells import CellModel
from pointes.errors import UserError
from pointes.files import reading_netcdf, write_csv
from pointes.populations.variants import NUMBER, variable_name
from pointes.software import made
from pointes.tables import number, read_table


def write_states(path: Path | str, model: CellModel, states: np.ndarray) -> None:
    """Write the states of one or many cells of a model.

    Parameters
    ----------
    path
        netCDF file (``.nc``), or CSV file (``.csv``) for one cell.
    model
        Model of the cells.
    states : (n_states,) or (n, n_states) array
        States, such as the ``state`` that `pointes.cells.pace` returns, in the units of the model.

    Raises
    ------
    UserError
        The file has another ending, or a CSV file would hold several cells.
    """
    states = np.atleast_2d(states)
    check_path(path, len(states))
    if Path(path).suffix == ".csv":
        columns = zip(model.states, states[0].tolist(), _units(model), strict=True)
        rows = [{"state": name, "value": value, "units": unit} for name, value, unit in columns]
        write_csv(path, [row | _origin(model) for row in rows])
        return
    with open_states(path, model, np.arange(len(states))) as write:
        write(slice(None), states)


@contextmanager
def open_states(
    path: Path | str, model: CellModel, numbers: np.ndarray
) -> Iterator[Callable[[slice, np.ndarray], None]]:
    """Yield a function that writes states (m, n_states) to rows of a new netCDF file, which appears when complete.

    ``numbers`` (n,) are integers that identify the cells.
    """
    with netcdf.writing(path, {**made(), "title": "States of cells", **_origin(model)}) as file:
        identified = netcdf.Variable((NUMBER,), numbers.astype(np.int64), {"long_name": "number of the cell"})
        netcdf.add(file, NUMBER, identified)
        variables = [file.createVariable(variable_name(name), "f8", (NUMBER,)) for name in model.states]
        for variable, name, units in zip(variables, model.states, _units(model), strict=True):
            variable.setncatts({"long_name": f"state {name}", "state": name, "units": _udunits(units)})

        def write(rows: slice, states: np.ndarray) -> None:
            for variable, column in zip(variables, states.T, strict=True):
                variable[rows] = column

        yield write


def read_states(path: Path | str, model: CellModel, numbers: np.ndarray | None = None) -> np.ndarray:
    """Read states from which cells of a model can start.

    Parameters
    ----------
    path
        File that `write_states` has written.
    model
        Model that starts from the states, which are found by name. States of another cell type of the model will do.
    numbers : (n,) array
        Numbers of the cells to read; by default all of the file. One cell in the file is a start for every cell.

    Returns
    -------
    (n, n_states) array
        States in the order of ``model.states``; one row if the file has one cell.

    Raises
    ------
    UserError
        The file cannot be read, belongs to a model with other states or units, or lacks a cell.
    """
    path = Path(path)
    check_path(path)
    found, units, cells = _read_table(path) if path.suffix == ".csv" else _read_netcdf(path)
    lacking, unknown = [name for name in model.states if name not in found], set(found) - set(model.states)
    if lacking or unknown:
        difference = f"no {lacking[0]} among them" if lacking else f"{min(unknown)} is none of its"
        name = f"not the states of model {model.name} ({difference})"
        raise UserError(name, expected=f"{len(model.states)}", where=path)
    for name, unit in zip(model.states, _units(model), strict=True):
        if units[name] not in (unit, _udunits(unit)):
            raise UserError(f"unit of {name}", units[name], f"{unit!r}, as in model {model.name}", path)
    states = np.column_stack([found[name] for name in model.states])
    if numbers is None or len(states) == 1:
        return states
    row_of = {cell: row for row, cell in enumerate(cells.tolist())}
    wanted = np.asarray(numbers).tolist()
    for cell in wanted:
        if cell not in row_of:
            expected = "one cell, or all variants of the population"
            raise UserError(f"no state of variant {cell}", expected=expected, where=path)
    return states[[row_of[cell] for cell in wanted]]


def check_path(path: Path | str, n: int = 1) -> None:
    """Refuse a file of states that ends in neither ``.nc`` nor ``.csv``, or a CSV file for many cells."""
    suffix = Path(path).suffix
    if suffix not in (".nc", ".csv"):
        raise UserError("file of states", str(path), "a name that ends in .nc, or in .csv for one cell")
    if suffix == ".csv" and n > 1:
        raise UserError(f"a .csv file holds the state of one cell, not of {n}", expected="a .nc file", where=path)


def _origin(model: CellModel) -> dict[str, str]:
    return {"model": model.name, "celltype": model.celltype, "fingerprint": model.fingerprint}


def _units(model: CellModel) -> list[str]:
    """Return the units of the states, which Myokit writes in brackets."""
    return [unit.strip("[]") for unit in model.kernel.UNITS]


def _udunits(unit: str) -> str:
    """Return a unit as UDUNITS writes it, which has no M for moles per litre.

    Examples
    --------
    >>> _udunits("mM/ms"), _udunits("1/M"), _udunits("uA/uF")
    ('mmol/L/ms', '1/(mol/L)', 'uA/uF')
    """
    return re.sub(r"(/?)\b([mun]?)M\b", lambda m: f"{m[1]}({m[2]}mol/L)" if m[1] else f"{m[2]}mol/L", unit)


def _read_netcdf(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str], np.ndarray]:
    """Return the states and their units by name, and the numbers of the cells."""
    try:
        with reading_netcdf(path) as file:
            netcdf.check_sizes(file, path)
            numbers = file[NUMBER][:]
            variables = {getattr(file[name], "state", name): file[name] for name in file.variables if name != NUMBER}
            states = {name: np.asarray(variable[:], dtype=float) for name, variable in variables.items()}
            if any(values.shape != np.shape(numbers) for values in states.values()):
                raise ValueError("states of unequal length")
            return states, {name: getattr(variable, "units", "") for name, variable in variables.items()}, numbers
    except (OSError, RuntimeError, IndexError, TypeError, ValueError) as error:
        raise UserError(f"cannot read states from this file ({error})", where=path) from None


def _read_table(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str], np.ndarray]:
    table = read_table(path, "state")
    table.check_columns(["state", "value", "units"])
    values = {row["state"]: np.array([number(row["value"])]) for _, row in table.rows()}
    for name, value in values.items():
        if np.isnan(value).any():
            raise UserError(f"value of {name}", expected="a finite number", where=path)
    return values, {row["state"]: row["units"] for _, row in table.rows()}, np.zeros(1, int)
