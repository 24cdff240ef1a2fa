"""The JSON Schema and the key reference in ``config/``, generated from the configuration's models.

Run ``python -m pointes.campaign.configuration.reference`` at the project's root after a change of
`pointes.campaign.configuration.schema` or `pointes.campaign.configuration.panel`.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pointes.campaign.configuration.meaning import MEANING, NEUTRAL, PANEL, TISSUE
from pointes.campaign.configuration.panel import PanelConfig
from pointes.campaign.configuration.schema import Config
from pointes.files import replacing

PREAMBLE = """\
# Keys of a campaign's configuration

Generated from `pointes.campaign.configuration`; do not edit. A campaign is a YAML file with any of these keys. Keys
that a file leaves out take their defaults. `config.yaml` is the default campaign with every key written out,
`campaigns/` has others, and `config.schema.json` lets an editor complete and check the keys. Unknown keys are refused.
A file with the section `panel` is a panel campaign, whose keys are [below](#keys-of-a-panel-campaign) and in
`panel.schema.json`.

Keys marked * decide what results mean: a run that changes one is refused. Choose a new name, or empty the results
folder, to start anew. Any other key may be changed between runs, and the steps that depend on it are repeated.
"""

OF_PANELS = """
# Keys of a panel campaign

A panel campaign simulates drugs at multiples of Cmax, for samples of their uncertain pharmacology, under one or several
scenarios. The keys of `execution` and `failure` are those above.
"""

TITLES = ["| key | default | unit | allowed | meaning |", "| --- | --- | --- | --- | --- |"]


def schema(kind: type[BaseModel] = Config) -> str:
    """Return the JSON Schema of a kind of configuration."""
    return json.dumps(kind.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def key_reference() -> str:
    """Return Markdown tables of all keys."""
    learning = "\n".join([*TITLES, *_rows(Config)])
    panel = "\n".join([*TITLES, *_rows(PanelConfig, left_out=("execution", "failure"))])
    return f"{PREAMBLE}\n{learning}\n{OF_PANELS}\n{panel}\n"


def _rows(kind: type[BaseModel], left_out: Sequence[str] = ()) -> Iterator[str]:
    whole = kind.model_json_schema()
    settled = PANEL if kind is PanelConfig else (*MEANING, *NEUTRAL, *TISSUE)

    def walk(properties: dict[str, Any], prefix: str) -> Iterator[str]:
        for name, field in properties.items():
            path = prefix + name
            if path in left_out:
                continue
            options = field.get("anyOf", [field])
            section = whole["$defs"].get(options[0].get("$ref", "").rpartition("/")[2])
            if section is not None:
                if len(options) > 1:
                    yield f"| `{path}` | | | mapping or null | {field['description']} |"
                yield from walk(section["properties"], f"{path}.")
                others = section.get("additionalProperties")
                if isinstance(others, dict):  # sections by a name of the user's
                    of_others = whole["$defs"][others["$ref"].rpartition("/")[2]]
                    yield from walk(of_others["properties"], f"{path}.NAME.")
                continue
            (item,) = field.get("patternProperties", {"": {}}).values()
            named = whole["$defs"].get(item.get("$ref", "").rpartition("/")[2])
            if named is not None:
                yield f"| `{path}` | `{', '.join(field['default'])}` | | mapping | {field['description']} |"
                yield from walk(named["properties"], f"{path}.NAME.")
                continue
            mark = (
                " *" if path in settled or path.startswith(tuple(f"{key}." for key in (*settled, "parameters"))) else ""
            )
            default = f"`{json.dumps(field['default'])}`".replace(", ", ",\u00a0") if "default" in field else "none"
            unit, description = field.get("unit", ""), field["description"]
            yield f"| `{path}`{mark} | {default} | {unit} | {_allowed(field)} | {description} |"

    return walk(whole["properties"], "")


def _allowed(field: dict[str, Any]) -> str:
    """Return the values that a key accepts, in words."""
    if "anyOf" in field:
        return " or ".join(_allowed(option) for option in field["anyOf"])
    if "const" in field:
        return f"`{field['const']}`"
    if "examples" in field:
        return " or ".join([*(f"`{name}`" for name in field["examples"]), "another name"])
    if "enum" in field:
        return " or ".join(f"`{choice}`" for choice in field["enum"])
    bounds = [
        f"{sign} {field[bound]:g}"
        for bound, sign in (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))
        if bound in field
    ]
    kind = {"object": "mapping", "array": "list"}.get(field["type"], field["type"])
    return " ".join([kind, *bounds])


def write(folder: Path) -> None:
    """Write the schemas and ``README.md`` to a folder."""
    texts = {
        "config.schema.json": schema(),
        "panel.schema.json": schema(PanelConfig),
        "README.md": key_reference(),
    }
    for name, text in texts.items():
        with replacing(folder / name) as path:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path("config"))
