"""Puts a page together: template, style, modules in JavaScript, and data, which all become one HTML file.

No text of the data becomes HTML or code: it is JSON in an element of its own, in which no tag can begin or end, and
the modules write it into the page as text. A policy in the page forbids the browser to load anything else.
"""

import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from matplotlib.colors import to_hex

from pointes.errors import UserError
from pointes.figures.shared import style

LARGEST_BYTES = 5_000_000
"""Largest size of a page."""

_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|function|class) (\w+))", re.MULTILINE)


def assemble(template: str, modules: Sequence[str], data: Mapping[str, Any]) -> str:
    """Return a page as text.

    Parameters
    ----------
    template
        Name of the template in this package.
    modules
        Names of the modules in JavaScript, each after those that it imports.
    data
        Everything that the page shows, in the types of JSON; ``name`` and ``introduction`` stand in its head.

    Raises
    ------
    UserError
        The page would be larger than `LARGEST_BYTES`.
    """
    package = files("pointes.explorer")

    def read(name: str) -> str:
        return package.joinpath(name).read_text(encoding="utf-8")

    environment = Environment(
        loader=FunctionLoader(read), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    page = environment.get_template(template).render(
        title=data["name"],
        introduction=data["introduction"],
        style=read("style.css"),
        colours=colours(),
        script="\n".join(as_scope(name, read(f"modules/{name}.js")) for name in modules),
        data=as_json(data),
    )
    size = len(page.encode())
    if size > LARGEST_BYTES:
        raise UserError("bytes of explore.html", size, f"at most {LARGEST_BYTES}")
    return page


def colours() -> dict[str, str]:
    """Return the colours of the figures by their names in the style of the pages."""
    safe, arrhythmic = (to_hex(style.RISK_COLOURS(end)) for end in (0.0, 1.0))
    categories = {f"category-{name or 'unknown'}": look.text for name, look in style.CATEGORIES.items()}
    return {
        "class-0": style.LABELS[0].colour,
        "class-1": style.LABELS[1].colour,
        "tint-0": safe,
        "tint-1": arrhythmic,
        "compound": style.ORANGE,
        **categories,
    }


def as_json(data: Mapping[str, Any]) -> str:
    r"""Return data as JSON that may stand in a ``script`` element: no tag or comment begins or ends in it.

    Examples
    --------
    >>> as_json({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def as_scope(name: str, module: str) -> str:
    r"""Return a module as a scope of one script, which needs no other file: ``$name`` has what it exports.

    Examples
    --------
    >>> print(as_scope("b", 'import { x } from "./a.js";\n\nexport const y = x;'))
    const $b = (() => {
    const { x } = $a;
    <BLANKLINE>
    const y = x;
    return { y };
    })();
    """
    exported = ", ".join(_EXPORT.findall(module))
    code = _EXPORT.sub("", _IMPORT.sub(r"const \1 = $\2;", module)).rstrip()
    return f"const ${name} = (() => {{\n{code}\nreturn {{ {exported} }};\n}})();"
