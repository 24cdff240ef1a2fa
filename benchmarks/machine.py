"""What this machine is and can do, and what a task takes of it: arithmetic, operations in machine code, CPU time."""

import platform
import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import psutil
from llvmlite import binding
from numba import njit
from numba.core.dispatcher import Dispatcher

from pointes.cells.multistep import LANES
from pointes.cells.simd import FAST, widest_vectors

POINTS = 64  # at which a polynomial is evaluated, when the peak is measured
DEGREE = 24


def described() -> str:
    """Return a sentence that names this machine."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        named = re.search(r"^model name\s*: (.*)$", file.read(), flags=re.MULTILINE)
    cpu = f"{named[1] if named else platform.machine()} ({binding.get_host_cpu_name()})"
    widest = next((name for name in ("avx512f", "avx2") if binding.get_host_cpu_features().get(name)), "no AVX2")
    return f"Machine: {psutil.cpu_count()} cores of {cpu}, {widest}, Python {platform.python_version()}, one thread"


def timed(
    task: Callable[[], Any], repeats: int = 1, clock: Callable[[], float] = time.process_time
) -> tuple[float, Any]:
    """Return the smallest time [s] of some runs of a task, CPU time by default, and what the last one returned."""
    times = []
    for _ in range(repeats):
        start = clock()
        result = task()
        times.append(clock() - start)
    return min(times), result


def peak() -> float:
    """Return the measured peak of packed arithmetic [operations per ns]: polynomials."""

    @njit(error_model="numpy", fastmath=FAST)
    def polynomials(x: np.ndarray, out: np.ndarray, n: int) -> None:
        widest_vectors()
        for _ in range(n):
            for i in range(POINTS):
                p = x[i]
                for _ in range(DEGREE):
                    p = p * x[i] + 0.5
                out[i] = p

    x, out, n = np.linspace(0, 0.1, POINTS), np.empty(POINTS), 200_000
    polynomials(x, out, 1)
    elapsed, _ = timed(lambda: polynomials(x, out, n), repeats=5)
    return 2 * DEGREE * POINTS * n / elapsed * 1e-9


def operations(*functions: Dispatcher) -> int:
    """Return the floating-point operations of a step of a cell, counted in the machine code of a kernel's parts."""
    assembly = "".join(text for function in functions for text in function.inspect_asm().values())
    fused = len(re.findall(r"\tvfn?m\w+pd\t", assembly))
    plain = len(re.findall(r"\tv(?:add|sub|mul|div|min|max|sqrt)pd\t", assembly))
    return (2 * fused + plain) * (8 if "zmm" in assembly else 4) // LANES
