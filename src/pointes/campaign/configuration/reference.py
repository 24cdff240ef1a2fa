"""The JSON Schema and the key reference in ``config/``, generated from the configuration's models.

Run ``python -m pointes.campaign.configuration.reference`` at the project's root after a change of
`pointes.campaign.configuration.schema`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pointes.campaign.configuration.meaning import MEANING, NEUTRAL, TISSUE
from pointes.campaign.configuration.schema import Config
from pointes.files import replacing

PREAMBLE = """\
# Keys of a campaign's configuration

Generated from `pointes.campaign.configuration.schema`; do not edit. A campaign is a YAML file with any of these keys.
Keys that a file leaves out take their defaults. `config.yaml` is the default campaign with every key written out,
`campaigns/` has others, and `config.schema.json` lets an editor complete and check the keys. Unknown keys are refused.

Keys marked * decide what results mean: a run that changes one is refused. Choose a new name, or empty the results
folder, to start anew. Any other key may be changed between runs, and the steps that depend on it are repeated.
"""


def schema() -> str:
    """Return the JSON Schema of a configuration."""
    return json.dumps(Config.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def key_reference() -> str:
    """Return a Markdown table of all keys."""
    rows = ["| key | default | unit | allowed | meaning |", "| --- | --- | --- | --- | --- |", *_rows()]
    return PREAMBLE + "\n" + "\n".join(rows) + "\n"


def _rows() -> Iterator[str]:
    whole = Config.model_json_schema()

    def walk(properties: dict[str, Any], prefix: str) -> Iterator[str]:
        for name, field in properties.items():
            path = prefix + name
            options = field.get("anyOf", [field])
            section = whole["$defs"].get(options[0].get("$ref", "").rpartition("/")[2])
            if section is not None:
                if len(options) > 1:
                    yield f"| `{path}` | | | mapping or null | {field['description']} |"
                yield from walk(section["properties"], f"{path}.")
                continue
            mark = " *" if path in (*MEANING, *NEUTRAL) or path.startswith(TISSUE) else ""
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
    """Write ``config.schema.json`` and ``README.md`` to a folder."""
    for name, text in (("config.schema.json", schema()), ("README.md", key_reference())):
        with replacing(folder / name) as path:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path("config"))
