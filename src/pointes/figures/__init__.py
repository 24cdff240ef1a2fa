"""Figures and summary page of a campaign, and figures of a single simulation of tissue.

A figure is one module with a function ``draw``: it takes the contents of files and returns a matplotlib Figure. Where
more than a selection is computed, ``summarise`` reduces the files to the numbers that are shown. ``FIGURES`` lists the
figures of a report and the files that each of them shows, and other packages add theirs by an entry point
(`pointes.figures.catalogue`). Nothing uses pyplot, so that no figure changes global settings.

>>> from pointes.figures import FIGURES
>>> FIGURES["query_distance"].files
{'risk_map': 'risk_map.nc', 'simulations': 'simulations.nc'}
>>> FIGURES["query_distance"].load().__module__
'pointes.figures.query_distance'
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
