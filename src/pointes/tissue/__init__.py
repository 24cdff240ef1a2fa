"""Tissue: the monodomain equation on cables, sheets, slabs, ventricles and images, and arrhythmias in them.

A `TissueDescription` says which tissue is simulated and how. `simulate` paces a cell of each type on its own, runs the
tissue of such cells, and returns an `Outcome`: the arrhythmia label and its parts, QT and other intervals, conduction
velocity, and maps over the nodes.

>>> from pointes import tissue
>>> cable = tissue.TissueDescription(
...     "cable", "mitchell-schaeffer-2003", size_mm=(10.0,), spacing_mm=0.25, cell_beats=0, rest_ms=450.0
... )
>>> outcome = tissue.simulate(cable)
>>> outcome.status, outcome.values["label"], round(outcome.values["conduction_velocity_m_per_s"], 2)
('ok', 0, 0.33)

Geometries are in `pointes.tissue.geometry`, the solver in `pointes.tissue.solver`, and the observers of a run in
`pointes.tissue.observers`. All three sub-packages are internal, except for `GEOMETRIES` and the classes that a new
geometry needs (docs/extending/geometry.md).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
