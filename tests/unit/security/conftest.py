"""Hostile files: valid ones that are mutated, and the check that nothing comes of them but a result or a clear line."""

import os
import pickle
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st

from pointes.cells import cache
from pointes.errors import LONGEST_MESSAGE, UserError

SECONDS = 10
"""CPU time after which an example counts as hanging; most take some milliseconds."""
COMPILING = 120
"""CPU time after which an example counts as hanging that may be the first to need a kernel."""
BYTES = 2_000_000_000
"""Memory that an example may take."""
MOST_LINES = 50

# A failing example is not made smaller: one that hangs would be tried again and again
many = settings(max_examples=500, phases=(Phase.explicit, Phase.generate))
"""Number of mutated files of each kind."""

TEXTS = [
    "",
    " ",
    "\0",
    "\x1b[2J\x1b]0;title\x07",
    "\u202e\u2028\u0085",
    "\ud7ff\U0010ffff",
    "../../../etc/passwd",
    "/dev/zero",
    "a" * 300,
    "a" * 100_000,
    "9" * 5000,
    "0x" + "f" * 5000,
    "1e999",
    "-1e308",
    "1_0",
    "٣",
    "nan",
    "-inf",
    ".nan",
    "2026-99-99",
    "{0.__class__}%s%n",
    "__import__('os').abort()",
    "';\"\"\"\n'''\\",
    "(" * 2000,
    "[" * 2000,
]
"""Texts that readers may stumble over, wherever they stand."""


class Hang(BaseException):
    """An example took too long. No `except Exception` can take it for a mistake in the file."""


class Effect(BaseException):
    """An example ran a program, or wrote to a place where it must not."""


_watched: list[Path] = []
_programs: list[bool] = []  # not empty while programs may be started
RUNS = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "socket.connect")


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Raise an Effect for programs that are run and files that are written, while a folder is watched."""
    if not _watched:
        return
    if event in RUNS and not (event == "subprocess.Popen" and _programs):
        raise Effect(event, arguments)
    if event == "pickle.find_class" and cache._folder() not in _watched:  # Numba keeps pickles there
        raise Effect(event, arguments)
    if event == "open" and isinstance(arguments[0], str) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        path = Path(os.path.realpath(arguments[0]))
        if not any(path.is_relative_to(folder) for folder in _watched):
            raise Effect(event, arguments)


sys.addaudithook(_watch)


@contextmanager
def confined(*folders: Path, seconds: float = SECONDS) -> Iterator[None]:
    """Limit time and memory within the block, and let it write below some folders alone."""

    def stop(number: int, frame: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGPROF, stop)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + BYTES, hard))
    _watched.extend(Path(os.path.realpath(folder)) for folder in (*folders, tempfile.gettempdir()))
    signal.setitimer(signal.ITIMER_PROF, seconds)  # not the time on the clock: the computer may be busy
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        _watched.clear()
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGPROF, before)


def outcome(call: Callable[..., Any], *arguments: Any, kernels: bool = False, programs: bool = False) -> Any:
    """Return what a call returns, or its mistakes as lines. Any other exception, a hang or an effect is an error.

    With ``kernels`` the call may read and write the cache of kernels, and with ``programs`` start another process.
    """
    _programs[:] = [True] * programs
    try:
        with confined(cache._folder(), seconds=COMPILING) if kernels else confined():
            return call(*arguments)
    except UserError as error:
        lines = str(error).split("\n")
        assert len(lines) <= MOST_LINES
        for line in lines:
            assert line.isprintable(), repr(line)
            assert 0 < len(line) < LONGEST_MESSAGE + 100
        return lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Iterator[Path]:
    """Working directory of hostile examples. They leave nothing there, and no temporary file.

    The names of the tests' own files begin with "hostile".
    """
    path, temporary = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("temporary")
    before = Path.cwd(), tempfile.tempdir
    tempfile.tempdir = str(temporary)
    os.chdir(path)
    yield path
    os.chdir(before[0])
    tempfile.tempdir = before[1]
    assert all(left.name.startswith("hostile") for left in path.iterdir())
    assert list(temporary.iterdir()) == []


class Touch:
    """An object whose pickle makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pickle = pickle.dumps(self)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.path,)

    def check(self) -> None:
        """Check that the pickle was not loaded."""
        assert not self.path.exists()


@pytest.fixture
def effect(tmp_path) -> Touch:
    return Touch(tmp_path / "effect")


@st.composite
def mutated(draw: st.DrawFn, valid: str, fragments: list[str]) -> bytes:
    """Return a text file that a few mutations made of a valid one; ``fragments`` are hostile parts of its language."""
    text = valid
    for _ in range(draw(st.integers(1, 3))):
        text = draw(st.sampled_from([_cut, _repeated, _inserted, _replaced, _swapped]))(draw, text, fragments)
    encoding = draw(st.sampled_from(["utf-8"] * 12 + ["utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252", "cp037"]))
    content = text.encode(encoding, errors="replace")
    ending = draw(st.sampled_from([None] * 8 + [b"\r\n", b"\r", b"\x0b"]))
    if ending:
        content = content.replace(b"\n", ending)
    return draw(mutated_bytes(content)) if draw(st.integers(0, 5)) == 0 else content


@st.composite
def mutated_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """Return a file with some bytes changed, cut off or added."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(changed) - 1)))
        match draw(st.sampled_from(["flip", "set", "cut", "insert", "end"])):
            case "flip" if changed:
                changed[at] ^= 1 << draw(st.integers(0, 7))
            case "set":
                value = draw(st.sampled_from([b"\xff" * 8, b"\0" * 8, b"\x7f" + b"\xff" * 7, b"\x80" + b"\0" * 7]))
                changed[at : at + 8] = value
            case "cut":
                del changed[at : at + draw(st.integers(1, 200))]
            case "insert":
                changed[at:at] = draw(st.binary(max_size=20))
            case "end":
                del changed[at:]
    return bytes(changed)


def _span(draw: st.DrawFn, text: str) -> tuple[int, int]:
    """Return the bounds of a part of a text: of a line, a word or anything."""
    start = draw(st.integers(0, len(text)))
    match draw(st.sampled_from(["line", "word", "any"])):
        case "line":
            start = text.rfind("\n", 0, start) + 1
            end = text.find("\n", start) + 1 or len(text)
        case "word":
            end = start
            while end < len(text) and text[end].isalnum():
                end += 1
            while start > 0 and text[start - 1].isalnum():
                start -= 1
        case _:
            end = start + draw(st.integers(0, 60))
    return start, end


def _hostile(draw: st.DrawFn, fragments: list[str]) -> str:
    return draw(st.sampled_from([*TEXTS, *fragments * 3]) | st.text(max_size=20))


def _cut(draw: st.DrawFn, text: str, fragments: list[str]) -> str:
    start, end = _span(draw, text)
    return text[:start] + text[end:]


def _repeated(draw: st.DrawFn, text: str, fragments: list[str]) -> str:
    start, end = _span(draw, text)
    return text[:end] + text[start:end] * draw(st.sampled_from([1, 2, 100])) + text[end:]


def _inserted(draw: st.DrawFn, text: str, fragments: list[str]) -> str:
    start, _ = _span(draw, text)
    return text[:start] + _hostile(draw, fragments) + text[start:]


def _replaced(draw: st.DrawFn, text: str, fragments: list[str]) -> str:
    start, end = _span(draw, text)
    return text[:start] + _hostile(draw, fragments) + text[end:]


def _swapped(draw: st.DrawFn, text: str, fragments: list[str]) -> str:
    lines = text.split("\n")
    one, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)
