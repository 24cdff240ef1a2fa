"""Registries: the things of one kind that a configuration can name, those of other packages included.

A package outside pointes adds its own by an entry point, which every process of a campaign finds, for instance::

    [project.entry-points."pointes.acquisitions"]
    my-acquisition = "my_package:MyAcquisition"
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from pointes.errors import unknown

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Things of one kind by name. Each is imported when it is first looked up.

    ``kind`` is what error messages call one of them, ``group`` the group of entry points by which other packages add
    theirs, and ``own`` has those of pointes by name as ``"module:object"``.

    Examples
    --------
    >>> numbers = Registry("number", "pointes.numbers", {"pi": "math:pi"})
    >>> numbers["pi"]
    3.141592653589793
    >>> numbers["tau"]
    Traceback (most recent call last):
    pointes.errors.UnknownNameError: unknown number 'tau'; expected one of pi
    """

    def __init__(self, kind: str, group: str, own: Mapping[str, str]) -> None:
        self.kind = kind
        self.group = group
        self._own = dict(own)

    @property
    def built_in(self) -> tuple[str, ...]:
        """Names of the things of pointes itself."""
        return tuple(self._own)

    def __getitem__(self, name: str) -> T:
        if name in self._own:
            module, _, attribute = self._own[name].partition(":")
            found: T = getattr(import_module(module), attribute)
            return found
        others = self._others()
        if name not in others:
            raise unknown(self.kind, name, self)
        return others[name].load()  # type: ignore[no-any-return]  # an entry point does not say what it is

    def __contains__(self, name: Any) -> bool:
        return name in self._own or name in self._others()

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from (name for name in self._others() if name not in self._own)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _others(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=self.group)}
