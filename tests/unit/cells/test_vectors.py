"""Kernels use all of the CPU's vectors, also where LLVM would not, and compute the same numbers with any of them."""

import json
import os
import re
import subprocess
import sys

import pytest
from llvmlite import binding

from pointes import cells
from pointes.tissue.solver import reaction

MODEL = "bueno-orovio-2008"
FEATURES = binding.get_host_cpu_features()
ARITHMETIC = r"add|sub|mul|div|fn?m\w+"
needs_avx512 = pytest.mark.skipif(not FEATURES.get("avx512f"), reason="the CPU has no vectors of 512 bits")

# Prints how often vectors of which width occur in machine code, and the bits of what a cell and a cable come to
SCRIPT = """
import json, sys
import numpy as np
from pointes.cells import simd
simd.VECTOR_BITS = int(sys.argv[2])
from pointes import cells
from pointes.tissue.solver import box, reaction
from pointes.tissue.description import TissueDescription
from pointes.tissue.simulation import simulate
cell, tissue = cells.load(sys.argv[1]), reaction.load(sys.argv[1])
state = cells.pace(cell, {}, cycle_length=500.0, beats=2, final_state=True)["state"]
cable = TissueDescription("cable", sys.argv[1], size_mm=(3.0,), spacing_mm=0.3, cell_beats=0, rest_ms=100.0,
                          time_step_ms=0.05)
ecg = simulate(cable).ecg
kernels = [getattr(cell.kernel, name) for name in ("rates", "advance", "record", "begin")]
functions = [*kernels, tissue.kernel.update, box._advance]
for function in functions:
    function.recompile()
code = ["".join(function.inspect_asm().values()) for function in functions]
counts = [[text.count(name) for name in ("%ymm", "%zmm")] for text in code]
print(json.dumps([counts, state.tobytes().hex() + ecg.tobytes().hex()]))
"""


def as_on_intel(bits, folder):
    """What `SCRIPT` prints with all that this CPU has, but with what LLVM prefers on Intel's servers."""
    environment = os.environ | {
        "NUMBA_CPU_NAME": "sapphirerapids",
        "NUMBA_CPU_FEATURES": FEATURES.flatten(),
        "POINTES_CACHE": str(folder / str(bits)),
    }
    command = [sys.executable, "-c", SCRIPT, MODEL, str(bits)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    return json.loads(printed)


@needs_avx512
def test_vectors_of_512_bits_are_used_where_llvm_prefers_256(tmp_path):
    wide, bits = as_on_intel(512, tmp_path)
    narrow, bits_of_narrow = as_on_intel(256, tmp_path)
    for (halves, full), (more_halves, none) in zip(wide, narrow, strict=True):
        assert full > 2 * halves
        assert none == 0
        assert more_halves > 0
    assert bits == bits_of_narrow


@pytest.mark.parametrize("model", ["aliev-panfilov-1996", "mitchell-schaeffer-2003", "tentusscher-2006", "ohara-2011"])
def test_loops_become_vectors(model):
    """Loops of small models used to be unrolled first, and stayed scalar: 1780 instructions for 217."""
    kernel, tissue = cells.load(model).kernel, reaction.load(model).kernel
    for function in (kernel.rates, kernel.advance, kernel.record, tissue.update):
        function.recompile()  # of what comes from the cache the machine code cannot be seen
        (assembly,) = function.inspect_asm().values()
        packed, scalar = (
            len(re.findall(rf"\tv?(?:add|sub|mul|div|fn?m\w+){kind}\b", assembly)) for kind in ("pd", "sd")
        )
        assert packed > 10
        assert scalar < 0.1 * packed
        if FEATURES.get("avx512f"):
            assert "%zmm" in assembly
