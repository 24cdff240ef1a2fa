"""Extension of Griffe: examples in the text of a docstring (``>>>``) become code blocks."""

import re
from typing import Any

from griffe import Extension, Object

EXAMPLE = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)


class Examples(Extension):
    """Fences around the examples that stand in the text, and not in a section `Examples`."""

    def on_object(self, *, obj: Object, **kwargs: Any) -> None:
        """Fence the examples of a docstring without sections."""
        if obj.docstring and "\n---" not in obj.docstring.value:
            obj.docstring.value = EXAMPLE.sub(r"```pycon\n\g<0>\n```", obj.docstring.value)
