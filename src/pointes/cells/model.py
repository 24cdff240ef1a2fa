"""Cell models: found by name, parsed once, and compiled to a kernel that is kept on disk."""

import ast
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from pointes.cells.biomarkers import DIMENSIONLESS, MILLIVOLTS, Array, Thresholds
from pointes.cells.cache import kernel as cached_kernel
from pointes.cells.layout import Layout
from pointes.cells.multistep import LANES, Bundle, Field
from pointes.cells.numerics import fingerprint
from pointes.cells.stepper import Row
from pointes.cells.text import decode
from pointes.errors import UserError, unknown
from pointes.vocabulary import TOLERANCE

if TYPE_CHECKING:
    from pointes.cells.parsing import Cell

ENDINGS = (".mmt", ".cellml", ".xml")
MODELS = Path(__file__).parent.parent / "models"


@dataclass(frozen=True)
class CellModel:
    """A cell model compiled for populations in which currents are blocked.

    Attributes
    ----------
    name, celltype
        Names of the model and of its cell type.
    states
        Qualified names of the states, in the order of the model file.
    initial_state : (n_states,) array
        Published initial values of the states, in the units of the model file.
    parameters
        Qualified names of the literals that may differ from cell to cell, with their published values.
    conductances
        For each current that can be blocked, the name of the parameter that scales it.
    parts
        Qualified names of the variables that a block scales, for each current whose name does not tell them.
    stimulus_duration
        Duration of the model's own stimulus [ms].
    fingerprint
        Hash of the model file, the cell type and the version of the numbers: equal fingerprints give equal results.
    layout, kernel
        Places of the numbers in a bundle, and the compiled functions that advance it.
    """

    name: str
    celltype: str
    states: tuple[str, ...]
    initial_state: Array
    parameters: dict[str, float]
    conductances: dict[str, str]
    parts: dict[str, tuple[str, ...]]
    stimulus_duration: float
    fingerprint: str
    layout: Layout
    kernel: ModuleType

    @property
    def currents(self) -> list[str]:
        """Names of the currents that can be blocked."""
        return list(self.conductances)

    @property
    def thresholds(self) -> Thresholds:
        """Limits that define an action potential and an arrhythmia in this model."""
        return DIMENSIONLESS if self.kernel.DIMENSIONLESS else MILLIVOLTS

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the currents [A/F] that a trace contains."""
        return self.layout.outputs

    @property
    def units(self) -> dict[str, str]:
        """Units of the parameters, as the model file writes them; those of conductances are not known."""
        return getattr(self.kernel, "PARAMETER_UNITS", {})

    def bundle(self, parameters: Mapping[str, float | Array], tolerance: float = TOLERANCE) -> Bundle:
        """Return a bundle of `LANES` cells in the initial state.

        Parameters
        ----------
        parameters
            Values, scalar or one per lane, of the parameters that differ from the published ones.
        tolerance
            Accepted error of an integration step: 1 stands for 100 mV, a whole gate, or a tenth of a concentration's
            initial value.
        """
        layout = self.layout
        rows = aligned((layout.row("control") // LANES + len(Row), LANES))
        for k, initial in enumerate(self.initial_state):
            for field in (Field.VALUE, Field.POINT):
                rows[layout.field(k, field) // LANES] = initial
            rows[layout.field(k, Field.SCALE) // LANES] = 1.0 / (tolerance * self.kernel.SCALES[k])
        for k, (name, value) in enumerate(self.parameters.items()):
            rows[layout.row("parameter", k) // LANES] = parameters.get(name, value)
        return rows.ravel()

    def derivatives(self, state: Array, parameters: Mapping[str, float] | None = None) -> Array:
        """Return the time derivative of every state without stimulus [1/ms].

        Parameters
        ----------
        state : (n_states,) array
            Values in the order of `states` and the units of the model file.
        parameters
            Values that differ from the published ones, by qualified name.

        Raises
        ------
        UserError
            For an unknown parameter, or a wrong number of states.
        """
        if len(state) != len(self.states):
            raise UserError("number of states", len(state), f"{len(self.states)}, the states of {self.name}")
        for name in parameters or {}:
            if name not in self.parameters:
                raise unknown("parameter", name, self.parameters)
        bundle = self.bundle(parameters or {})
        for k, value in enumerate(state):
            bundle[self.layout.field(k, Field.POINT)] = value
        self.kernel.rates(bundle)
        return np.array([bundle[self.layout.field(k, Field.RATE)] for k in range(len(state))])


@dataclass(frozen=True)
class Source:
    """The text of a model file and the parameters of `load`, checked as far as possible without parsing the text."""

    text: str
    where: str  # name of the file in errors
    celltype: str  # empty if the file declares none
    vary: tuple[str, ...]
    blockable: tuple[str, ...]
    stimulus_level: float | None
    fingerprint: str  # that of the `CellModel`
    stem: str  # beginning of the names of the kernel's files

    def parsed(self) -> "tuple[Cell, dict[str, float]]":
        """Return the parsed cell, and the literals that may differ from cell to cell with their values."""
        prepare_myokit()
        # Here, because Myokit takes a while to import and is not needed once a kernel is cached
        from pointes.cells.parsing import check_effects, literals, read

        celltypes = _celltypes(self.text)
        number = celltypes[self.celltype] if len(celltypes) > 1 else None
        cell = read(self.text, self.where, number, self.blockable)
        if self.stimulus_level is not None and cell.stimulus_level != 0:
            cell = replace(cell, stimulus_level=self.stimulus_level)
        parameters = literals(cell.model, (*cell.conductances.values(), *self.vary), self.where)
        check_effects(cell.model, self.vary, self.where)
        return cell, parameters


def find(
    name: str,
    celltype: str | None = None,
    vary: tuple[str, ...] = (),
    blockable: tuple[str, ...] = (),
    stimulus_level: float | None = None,
) -> Source:
    """Return the model file of a name; parameters and errors are those of `load`."""
    text, where = _read(name)
    celltypes = _celltypes(text)
    if celltype is not None and celltype not in celltypes:
        if not celltypes:
            raise UserError("celltype", celltype, "none, as the file declares no cell types", where)
        raise unknown("cell type", celltype, celltypes, where)
    celltype = celltype or next(iter(celltypes), "")
    stem = "".join(letter if letter.isalnum() else "-" for letter in Path(name).stem[:60])
    level = () if stimulus_level is None else (f"stimulus level {stimulus_level!r}",)
    hashed = fingerprint(text, celltype, *vary, "", *blockable, *level)
    return Source(text, where, celltype, vary, blockable, stimulus_level, hashed, stem)


def names() -> list[str]:
    """Return the names of the models that come with pointes."""
    return sorted(path.stem for path in MODELS.glob("*.mmt"))


@cache
def load(
    name: str,
    celltype: str | None = None,
    vary: tuple[str, ...] = (),
    blockable: tuple[str, ...] = (),
    stimulus_level: float | None = None,
) -> CellModel:
    """Return a cell model, compiled on first use and from the disk cache afterwards.

    Parameters
    ----------
    name
        One of `names`, or the path of a Myokit (``.mmt``) or CellML (``.cellml``, ``.xml``) file.
    celltype
        One of the cell types that the model declares, such as ``"endo"``; its first one by default.
    vary
        Qualified names of literals of the model file (``"extracellular.ko"``), beyond the conductances, that may differ
        from cell to cell.
    blockable
        Qualified names of further variables that can be blocked (``"ikr.i_Kr"``): currents or fluxes that have no name
        of their own in `CellModel.currents`.
    stimulus_level
        Value of the variable bound to ``pace`` during a stimulus, finite and not 0; by default that of the model's own
        protocol, or 1. Each value is compiled on its own.

    Raises
    ------
    UserError
        For an unknown name, cell type, literal or variable, or a file that holds no usable cell model.
    """
    source = find(name, celltype, vary, blockable, stimulus_level)

    def generated() -> str:
        parsed = source.parsed()
        from pointes.cells.codegen import generate  # here for the same reason as in `Source.parsed`
        from pointes.cells.parsing import refused

        with refused(source.where):
            text = generate(*parsed)
            ast.parse(text)  # which refuses what Python has no room for
        return text

    kernel = cached_kernel(source.stem, source.fingerprint, ["cells"], generated)
    return CellModel(
        name=Path(name).stem,
        celltype=source.celltype,
        states=kernel.STATES,
        initial_state=np.array(kernel.INITIAL_STATE),
        parameters=kernel.PARAMETERS,
        conductances=kernel.CONDUCTANCES,
        parts=kernel.PARTS,
        stimulus_duration=kernel.STIMULUS_DURATION,
        fingerprint=source.fingerprint,
        layout=Layout(kernel.ROWS, kernel.ENTRIES, tuple(kernel.PARAMETERS), kernel.OUTPUTS),
        kernel=kernel,
    )


def describe(name: str) -> dict[str, Any]:
    """Return a description of a model, without compiling it.

    Returns
    -------
    dict
        ``name``, ``source``, ``states`` (their number), ``celltypes`` and ``currents`` (those that can be blocked).
    """
    prepare_myokit()
    from pointes.cells.parsing import read

    text, where = _read(name)
    cell = read(text, where)
    return {
        "name": name,
        "source": cell.model.meta.get("source", ""),
        "states": cell.model.count_states(),
        "celltypes": list(_celltypes(text)),
        "currents": list(cell.conductances),
    }


def prepare_myokit() -> None:
    """Make the folder of Myokit's settings: Myokit fails in one of two processes that import it first and make it."""
    folder = Path.home() / ".config/myokit"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"cannot be made ({error.strerror})"
        raise UserError(reason, expected="a folder for the settings of Myokit", where=folder) from None


def _read(name: str) -> tuple[str, str]:
    """Return the text of a model, and its name in errors."""
    path, where = Path(name), "".join(letter if letter.isprintable() else "?" for letter in name)
    if path.suffix.lower() in ENDINGS:
        if not os.path.isfile(path):
            expected = f"a .mmt, .cellml or .xml file, or one of {', '.join(names())}"
            raise UserError("no such file", expected=expected, where=f"model {where}")
        try:
            return decode(path.read_bytes(), where), where
        except OSError as error:
            raise UserError(f"cannot be read ({error.strerror})", where=f"model {where}") from error
    if name not in names():
        if path.suffix or os.path.exists(path):
            expected = f"a .mmt file (Myokit), a .cellml or .xml file (CellML), or one of {', '.join(names())}"
            raise UserError("no name of a model or model file", expected=expected, where=f"model {where}")
        raise unknown("model", where, names())
    return (MODELS / f"{name}.mmt").read_text(encoding="utf-8"), f"model {name}"


def _celltypes(text: str) -> dict[str, int]:
    """Return the cell types that a model file declares by a line ``celltypes: endo 0, epi 1``, with their numbers."""
    line = re.search(r"^celltypes:(.*)$", text, flags=re.MULTILINE)
    pairs = [pair.split() for pair in line[1].split(",")] if line else []
    if not all(len(pair) == 2 and pair[1].isdecimal() and len(pair[1]) < 10 for pair in pairs):
        return {}
    return {name: int(number) for name, number in pairs}


def aligned(shape: tuple[int, ...]) -> Array:
    """Return zeros that start at a cache line: vectors that straddle two cache lines load at half the speed."""
    size = int(np.prod(shape))
    raw = np.zeros(size + 8)
    start = -raw.ctypes.data // 8 % 8
    return raw[start : start + size].reshape(shape)
