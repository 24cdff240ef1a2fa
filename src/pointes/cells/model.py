"""Cell models: found by name, parsed once, compiled to a kernel that is kept on disk for the next time."""

import ast
import hashlib
import importlib.util
import os
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import platformdirs

from pointes.cells.layout import Layout
from pointes.cells.stepper import LANES, TOLERANCE, Row
from pointes.errors import UserError, unknown
from pointes.files import replacing

MODELS = Path(__file__).parent.parent / "models"
METHOD_SOURCES = ("simd.py", "stepper.py", "codegen.py", "pacing.py")


@dataclass(frozen=True)
class CellModel:
    """A cell model compiled for populations in which currents are blocked.

    Attributes
    ----------
    name, celltype
        Which model and which variant of it.
    states
        Qualified names of the states, in the order of the model file.
    initial_state : (n_states,) array
        Their published initial values, in the units of the model file.
    parameters
        Qualified names of the literals that may differ from cell to cell, with their published values.
    conductances
        For each current that can be blocked, the name of the parameter that scales it.
    stimulus_duration
        Of the model's own stimulus current [ms].
    fingerprint
        Hash of the equations, the variant and the numerical method: equal fingerprints give equal results.
    """

    name: str
    celltype: str
    states: tuple[str, ...]
    initial_state: np.ndarray
    parameters: dict[str, float]
    conductances: dict[str, str]
    stimulus_duration: float
    fingerprint: str
    layout: Layout
    kernel: ModuleType

    @property
    def currents(self) -> list[str]:
        """Names of the currents that can be blocked."""
        return list(self.conductances)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the currents [A/F] that a trace contains."""
        return self.layout.outputs

    def block(self, parameters: dict[str, np.ndarray]) -> np.ndarray:
        """Return a block of `LANES` cells in the initial state.

        Parameters
        ----------
        parameters
            Values, scalar or one per lane, of the parameters that differ from the published ones.
        """
        layout = self.layout
        rows = np.zeros((layout.row("control") // LANES + len(Row), LANES))
        for name, initial in zip(self.states, self.initial_state, strict=True):
            k = layout.states.index(name)
            rows[layout.row("state", k) // LANES] = initial
            rows[layout.row("point", k) // LANES] = initial
            rows[layout.row("scale", k) // LANES] = 1.0 / (TOLERANCE * self._scale(k, initial))
        for k, (name, value) in enumerate(self.parameters.items()):
            rows[layout.row("parameter", k) // LANES] = parameters.get(name, value)
        return rows.ravel()

    def _scale(self, k: int, initial: float) -> float:
        """Return the size that errors of a state are measured by: 100 mV, 1 for gates, else its initial value."""
        if k == self.kernel.POTENTIAL:
            return 100.0
        return 1.0 if k < self.layout.affine else max(abs(initial), 1e-3)

    def derivatives(self, state: np.ndarray, parameters: dict[str, float] | None = None) -> np.ndarray:
        """Return the time derivative of every state without stimulus.

        Parameters
        ----------
        state : (n_states,) array
            In the order of `states` and the units of the model file.
        parameters
            Values that differ from the published ones, by qualified name.

        Returns
        -------
        (n_states,) array
            Per ms.

        Raises
        ------
        UserError
            When a name is none of `parameters`, or the number of states is wrong.
        """
        if len(state) != len(self.states):
            raise UserError(f"state has {len(state)} values; expected {len(self.states)}, the states of {self.name}")
        for name in parameters or {}:
            if name not in self.parameters:
                raise unknown("parameter", name, self.parameters)
        block = self.block(parameters or {})
        order = [self.layout.states.index(name) for name in self.states]
        for k, value in zip(order, state, strict=True):
            block[self.layout.row("point", k)] = value
        self.kernel.rates(block)
        return np.array([block[self.layout.row("rate", k)] for k in order])


def names() -> list[str]:
    """Return the names of the models that come with pointes."""
    return sorted(path.stem for path in MODELS.glob("*.mmt"))


@cache
def load(name: str, celltype: str | None = None, vary: tuple[str, ...] = ()) -> CellModel:
    """Return a cell model, compiled on first use and from the disk cache afterwards.

    Parameters
    ----------
    name
        One of `names`.
    celltype
        ``"endo"``, ``"epi"`` or ``"mid"``; the model's first one by default.
    vary
        Qualified names of literals of the model file (``"extracellular.ko"``), beyond the conductances, that may differ
        from cell to cell.

    Raises
    ------
    UserError
        For an unknown name, cell type or literal.
    """
    text = _text(name)
    variants = _celltypes(text)
    celltype = celltype or next(iter(variants))
    if celltype not in variants:
        raise unknown("cell type", celltype, variants, f"model {name}")
    fingerprint = _fingerprint(text, celltype, vary)
    path = cache_folder() / f"{name}_{fingerprint}.py"
    if not path.exists():
        source = _source(text, name, celltype, vary)
        with replacing(path) as temporary:
            temporary.write_text(source, encoding="utf-8")
    kernel = _import(path)
    return CellModel(
        name=name,
        celltype=celltype,
        states=kernel.STATES,
        initial_state=np.array(kernel.INITIAL_STATE),
        parameters=kernel.PARAMETERS,
        conductances=kernel.CONDUCTANCES,
        stimulus_duration=kernel.STIMULUS_DURATION,
        fingerprint=fingerprint,
        layout=Layout(kernel.ROWS, kernel.AFFINE, tuple(kernel.PARAMETERS), kernel.OUTPUTS),
        kernel=kernel,
    )


def describe(name: str) -> dict:
    """Return what a model says of itself, without compiling it.

    Returns
    -------
    dict
        ``name``, ``source``, ``states`` (their number), ``celltypes`` and ``currents`` (those that can be blocked).
    """
    from pointes.cells.parsing import conductances, parse

    text = _text(name)
    model = parse(text, name)
    return {
        "name": name,
        "source": model.meta["source"],
        "states": model.count_states(),
        "celltypes": list(_celltypes(text)),
        "currents": list(conductances(model)),
    }


def cache_folder() -> Path:
    """Return where compiled kernels are kept; the environment variable POINTES_CACHE overrides the user's cache."""
    folder = Path(os.environ.get("POINTES_CACHE") or platformdirs.user_cache_dir("pointes"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _text(name: str) -> str:
    if name not in names():
        raise unknown("model", name, names())
    return (MODELS / f"{name}.mmt").read_text(encoding="utf-8")


def _celltypes(text: str) -> dict[str, int]:
    """Return the variants that a model file declares (``celltypes: endo 0, epi 1``), with their numbers."""
    line = re.search(r"^celltypes: *(.+)$", text, flags=re.MULTILINE)
    pairs = (pair.split() for pair in line[1].split(","))
    return {name: int(number) for name, number in pairs}


def _source(text: str, name: str, celltype: str, vary: tuple[str, ...]) -> str:
    """Return the source of the kernel. Myokit takes a while to import and is not needed once a kernel is cached."""
    from pointes.cells.codegen import generate
    from pointes.cells.parsing import conductances, literals, parse

    model = parse(text, name)
    model.label("celltype").set_rhs(_celltypes(text)[celltype])
    blockable = conductances(model)
    parameters = literals(model, (*blockable.values(), *vary), f"model {name}")
    return generate(model, parameters, blockable, f"{name} {celltype}")


def _fingerprint(text: str, celltype: str, vary: tuple[str, ...]) -> str:
    """Hash all that the numbers depend on; comments and docstrings of the method's sources do not count."""
    method = [_code(Path(__file__).with_name(source).read_text(encoding="utf-8")) for source in METHOD_SOURCES]
    return hashlib.sha256("\0".join([text, celltype, *vary, *method]).encode()).hexdigest()[:16]


def _code(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(tree)


def _import(path: Path) -> ModuleType:
    """Import a kernel by its path; its functions keep their machine code in ``__pycache__`` beside it."""
    spec = importlib.util.spec_from_file_location(f"pointes_kernel_{path.stem.replace('-', '_')}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # Numba looks the module up by name
    spec.loader.exec_module(module)
    return module
