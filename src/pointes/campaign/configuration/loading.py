"""Reading a configuration: safe YAML in, a checked `Config` out, one line per mistake."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from pointes.campaign.configuration.schema import Config
from pointes.errors import UserError
from pointes.files import read_text


class _Loader(yaml.SafeLoader):
    """Refuses a key that is given twice, of which YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        first: dict[str, yaml.Node] = {}
        for key, _ in node.value:
            if key.value in first:
                twice = f"{key.value} is given twice, first in line {first[key.value].start_mark.line + 1}"
                raise yaml.MarkedYAMLError(problem=twice, problem_mark=key.start_mark)
            first[key.value] = key
        return super().construct_mapping(node, deep)


def read(path: Path) -> Any:
    """Return what a YAML file holds; of an empty one no keys.

    Raises
    ------
    UserError
        The file cannot be read, is no YAML, or gives a key twice.
    """
    try:
        values = yaml.load(read_text(path), _Loader)
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    return {} if values is None else values


def typed(value: Any) -> Any:
    """Return a value of `snakemake --config` with the types of YAML; Snakemake leaves what is nested as text.

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
                scalar = yaml.load(value, _Loader)
            except yaml.YAMLError:
                return value
            return scalar if scalar is None or isinstance(scalar, bool | int | float) else value
        case _:
            return value


def load(path: Path) -> Config:
    """Read a campaign's configuration from a YAML file; keys that are left out take their defaults."""
    return parse(read(path), where=str(path))


def parse(values: Any, where: str) -> Config:
    """Return the configuration made of these values.

    Raises
    ------
    UserError
        One line per problem: file, key path, value, what was expected.
    """
    if not isinstance(values, Mapping):
        raise UserError(f"{where}: expected a mapping of keys, got {values!r}")
    try:
        return Config(**{str(key): value for key, value in values.items()})
    except ValidationError as error:
        problems: dict[str, str] = {}
        for problem in error.errors():
            path, text = _describe(problem)
            # A key that allows two types fails once for each: join what they expected.
            problems[path] = f"{problems[path]} or {text.rpartition('expected ')[2]}" if path in problems else text
        raise UserError("\n".join(f"{where}: {path}: {text}" for path, text in problems.items())) from None


def _describe(problem: Mapping[str, Any]) -> tuple[str, str]:
    """Turn one pydantic problem into a key path and a clause."""
    path, section = _key_path(problem["loc"])
    value, text = problem["input"], problem["msg"]
    match problem["type"]:
        case "extra_forbidden":
            name, siblings = path.rpartition(".")[2], list(section.model_fields)
            close = get_close_matches(name, siblings, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; expected one of {', '.join(siblings)}"
            return path, f"unknown key{hint}"
        case "model_type":
            field = Config.model_fields.get(path)
            null = " or null" if field is not None and isinstance(field.annotation, UnionType) else ""
            return path, f"{value!r}; expected a mapping of keys{null}"
        case "string_pattern_mismatch":
            return (
                path,
                f"{value!r}; expected 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit",
            )
        case "value_error":
            return path, f"{value!r}; {text.removeprefix('Value error, ')}"
        case _:
            text = text.removeprefix("Input should be ").removeprefix("Input should ")
            if isinstance(value, str) and re.fullmatch(r"[-+]?\d+[eE][-+]?\d+", value):
                text += "; YAML takes this one for text: write it with a point, as 1.0e-4"
            return path, f"{value!r}; expected {text}"


def _key_path(location: tuple[int | str, ...]) -> tuple[str, type[BaseModel]]:
    """Return the dotted path of a key, without pydantic's own entries, and the section that holds it."""
    section: type[BaseModel] = Config
    names: list[str] = []
    for step, name in enumerate(location):
        names.append(str(name))
        if isinstance(name, int):  # of a section in a list of them
            continue
        field = section.model_fields.get(name)
        inner = None if field is None else _section(field.annotation)
        if inner is None:
            if field is not None and getattr(field.annotation, "__origin__", None) is dict:
                names.extend(str(key) for key in location[step + 1 : step + 2])
            break
        section = inner
    return ".".join(names), section


def _section(annotation: Any) -> type[BaseModel] | None:
    """Return the section that a key, if it is not null, or the items of its list are; None if they are none."""
    if isinstance(annotation, UnionType):
        annotation = annotation.__args__[0]
    if getattr(annotation, "__origin__", None) is tuple:
        annotation = annotation.__args__[0]
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def find_table(table: str, *roots: Path) -> Path:
    """Return the drug table's path: relative to the working directory, else to one of the given folders."""
    for folder in (Path(), *roots):
        if (folder / table).is_file():
            return folder / table
    raise UserError(
        f"drugs.table: no file {table!r}; expected a CSV table of drugs (looked in {Path.cwd()}"
        f"{''.join(f' and {root}' for root in roots)})"
    )
