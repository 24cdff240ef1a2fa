"""Cell models compiled to SIMD kernels, and populations of cells paced with them.

`load` returns a model of pointes (`names`), or one from a Myokit or CellML file. `pace` paces any number of
cells with blocked currents, and `trace` returns the course of one. Results are arrays with one value per cell:

>>> from pointes import cells
>>> model = cells.load("ohara-2011", celltype="mid")
>>> results = cells.pace(model, {"IKr": [0.0, 0.5]}, cycle_length=1000.0, beats=2)
>>> results["apd90_ms"].round().tolist()
[389.0, 516.0]

`BIOMARKERS` has the unit and the meaning of each result; values of ``status`` and ``failure`` are those of
`pointes.vocabulary.Status` and `pointes.vocabulary.Failure`. A `biomarker` of another package is one function.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
