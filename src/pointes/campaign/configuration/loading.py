"""Reading a configuration: from safe YAML to a checked `Config`, or to one line per mistake."""

import os
import re
from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import chain
from math import inf
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ValidationError

from pointes.campaign.configuration.axes import AxisSection, Parameters
from pointes.campaign.configuration.meaning import is_panel
from pointes.campaign.configuration.panel import PanelConfig
from pointes.campaign.configuration.schema import Config
from pointes.errors import UnknownNameError, UserError, UserErrors, unknown
from pointes.files import read_text

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


MOST_MISTAKES = 50
"""Largest number of mistakes of a configuration that are told at once."""
TEMPLATE = "__use_yte__"
"""Key by which a YAML file asks Snakemake to run the Python expressions in it."""
LONGEST_TEXT = 1_000_000
"""Largest number of characters of a configuration."""
MOST_NODES = 100_000
"""Largest number of keys and values of a configuration, those that an alias repeats counted each time."""


class _Loader(yaml.SafeLoader):
    """Loader that refuses a key given twice, of which YAML would silently take the last value, and endless contents."""

    def compose_document(self) -> yaml.Node | None:
        document = super().compose_document()
        if document is not None and (nodes := _count(document, {})) > MOST_NODES:
            raise yaml.YAMLError(f"its aliases make {nodes:.3g} keys and values; expected at most {MOST_NODES}")
        return document

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        first: dict[str, yaml.Node] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key that is a list or a mapping", problem_mark=key.start_mark)
            if key.value in first:
                twice = f"{key.value} is given twice, first in line {first[key.value].start_mark.line + 1}"
                raise yaml.MarkedYAMLError(problem=twice, problem_mark=key.start_mark)
            first[key.value] = key
        return super().construct_mapping(node, deep)


def _count(node: yaml.Node, counted: dict[yaml.Node, float]) -> float:
    """Return the number of nodes in a node; infinite if the node contains itself."""
    if node not in counted:
        counted[node] = inf  # until all that is in it is counted
        inside = chain(*node.value) if isinstance(node, yaml.MappingNode) else node.value
        counted[node] = 1 + (0 if isinstance(node, yaml.ScalarNode) else sum(_count(one, counted) for one in inside))
    return counted[node]


def _parsed(text: str) -> Any:
    """Return the content of a YAML text; a text that is not valid raises a YAMLError."""
    try:
        return yaml.load(text, _Loader)
    except yaml.YAMLError:
        raise
    except RecursionError:
        raise yaml.YAMLError("nested too deeply") from None
    except Exception as error:  # PyYAML lets errors of all kinds pass, as of the date 2026-99-99
        raise yaml.YAMLError(f"a value that is not what it looks like or its tag says ({error})") from None


def read(path: Path) -> Any:
    """Return the content of a YAML file; that of an empty file is a mapping without keys."""
    text = read_text(path)
    if len(text) > LONGEST_TEXT:
        raise UserError(f"{len(text)} characters", expected=f"a configuration of at most {LONGEST_TEXT}", where=path)
    try:
        values = _parsed(text)
    except yaml.YAMLError as error:
        raise UserError(f"not valid YAML: {' '.join(str(error).split())}", where=path) from None
    if isinstance(values, dict) and TEMPLATE in values:
        raise UserError(TEMPLATE, values[TEMPLATE], "no template: Snakemake runs the expressions in one", path)
    return {} if values is None else values


def typed(value: Any) -> Any:
    """Return a value of `snakemake --config` with the types of YAML; Snakemake leaves nested values as text.

    Examples
    --------
    >>> typed({"learning": {"max_simulations": "20", "warm_start": "null"}, "name": "mine"})
    {'learning': {'max_simulations': 20, 'warm_start': None}, 'name': 'mine'}
    """
    match value:
        case dict():
            return {name: typed(inner) for name, inner in value.items()}
        case list():
            return [typed(inner) for inner in value]
        case str():
            try:
                scalar = _parsed(value)
            except yaml.YAMLError:
                return value
            return scalar if scalar is None or isinstance(scalar, bool | int | float) else value
        case _:
            return value


def load(*files: Path) -> Config:
    """Read a campaign's configuration from YAML files, as `merged` does; keys that are left out take their defaults."""
    return parse(merged(files), where=together(files))


def merged(files: Sequence[Path]) -> Any:
    """Return the content of YAML files, of which each overrides keys of those before it, as Snakemake merges them."""
    contents = [read(file) for file in files]
    for file, content in zip(files, contents, strict=True):
        if len(files) > 1 and not isinstance(content, Mapping):
            raise UserError("content", str(content), "a mapping of keys", file)
    return contents[0] if len(files) == 1 else reduce(_override, contents)


def _override(values: Mapping[Any, Any], others: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return values with those of others in their place, section by section.

    Examples
    --------
    >>> _override({"name": "a", "execution": {"workers": 2, "threads": 1}}, {"execution": {"workers": 64}})
    {'name': 'a', 'execution': {'workers': 64, 'threads': 1}}
    """
    joined = dict(values)
    for name, other in others.items():
        value = values.get(name)
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            joined[name] = _override(value, other)
        else:
            joined[name] = other
    return joined


def together(files: Sequence[Path]) -> str:
    """Return how messages name a configuration of one or several files."""
    return " with ".join(map(str, files))


def parse(values: Any, where: str) -> Config:
    """Return the configuration of a campaign that learns, made of these values; that of a panel is refused.

    The errors are those of `parse_any`.
    """
    config = parse_any(values, where)
    if isinstance(config, PanelConfig):
        raise UserError(
            "panel", expected="the configuration of a campaign that learns, without this section", where=where
        )
    return config


def parse_any(values: Any, where: str) -> Config | PanelConfig:
    """Return the configuration made of these values: that of a panel campaign if it has the section ``panel``.

    Raises
    ------
    UserError
        One or several mistakes, each with its file, key, value and expectation.
    """
    if not isinstance(values, Mapping):
        raise UserError("content", values, "a mapping of keys", where)
    kind = PanelConfig if is_panel(values) else Config
    try:
        return kind(**{str(key): value for key, value in values.items()})
    except ValidationError as error:
        mistakes: dict[str, UserError] = {}
        for problem in error.errors(include_url=False)[:MOST_MISTAKES]:
            path, section = _key_path(problem["loc"], kind)
            mistake = _mistake(problem, path, section, kind, where)
            if path in mistakes:  # a key that allows two types fails once for each
                mistake.expected = f"{mistakes[path].expected} or {mistake.expected}"
            mistakes[path] = mistake
        first, *others = mistakes.values()
        raise (UserErrors([first, *others]) if others else first) from None


def _mistake(
    problem: "ErrorDetails", path: str, section: type[BaseModel], kind: type[BaseModel], where: str
) -> UserError:
    """Return a problem that pydantic found with a key of a section as a mistake of the user's."""
    value, text = problem["input"], problem["msg"]
    match problem["type"]:
        case "extra_forbidden":
            siblings = unknown("key", path.rpartition(".")[2], section.model_fields).expected
            return UnknownNameError("key", path, siblings, where)
        case "missing":
            return UserError(path, expected="a value", where=where)
        case "model_type":
            annotation: Any = getattr(kind.model_fields.get(path), "annotation", None)
            expected = f"a mapping of keys{' or null' if isinstance(annotation, UnionType) else ''}"
        case "string_pattern_mismatch":
            expected = "1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit"
        case "value_error":
            expected = text.removeprefix("Value error, expected ")
        case _:
            expected = text.removeprefix("Input should be ").removeprefix("Input should ")
            if isinstance(value, str) and re.fullmatch(r"[-+]?\d+[eE][-+]?\d+", value):
                expected += "; YAML takes this one for text: write it with a point, as 1.0e-4"
    return UserError(path, value, expected, where)


def _key_path(location: tuple[int | str, ...], whole: type[BaseModel]) -> tuple[str, type[BaseModel]]:
    """Return the dotted path of a key of a configuration, without pydantic's own entries, and its section."""
    section = whole
    names: list[str] = []
    named = False  # whether the next step is the user's name of a section
    for step, name in enumerate(location):
        names.append(str(name))
        if isinstance(name, int) or named:  # position of a section in a list, or its name in a mapping
            named = False
            continue
        field = section.model_fields.get(name)
        kind, inner = (
            (None, _extra(section)) if field is None else (_origin(field.annotation), _section(field.annotation))
        )
        if inner is None:
            if kind is dict:
                names.extend(str(key) for key in location[step + 1 : step + 2])
            break
        section, named = inner, kind is dict
    return ".".join(names), section


def _section(annotation: Any) -> type[BaseModel] | None:
    """Return the section that a key holds, or holds a list or a mapping of; None for other keys."""
    if isinstance(annotation, UnionType):
        annotation = annotation.__args__[0]
    if _origin(annotation) in (tuple, dict):
        annotation = annotation.__args__[_origin(annotation) is dict]
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _extra(section: type[BaseModel]) -> type[BaseModel] | None:
    """Return the section of keys that a section does not know but allows; None if it allows none."""
    return AxisSection if section is Parameters else None


def _origin(annotation: Any) -> Any:
    return getattr(annotation, "__origin__", None)


def find_table(table: str, *roots: Path, key: str = "drugs.table", what: str = "a CSV table of drugs") -> Path:
    """Return the path of a file that a key names: relative to the working directory, else to one of the ``roots``."""
    for folder in (Path(), *roots):
        if os.path.isfile(folder / table):
            return folder / table
    looked = " and ".join(map(str, (Path.cwd(), *roots)))
    raise UserError(key, table, f"the path of {what} (there is no such file in {looked})")
