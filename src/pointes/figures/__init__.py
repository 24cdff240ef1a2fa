"""The figures and the summary page of a campaign: one module each, datasets in, a figure or text out.

A module offers ``draw``; where more than a selection has to be computed, ``summarise`` reduces datasets to the numbers
that are shown. Of a campaign's figures the names of ``draw``'s arguments are those of the campaign's files
(``risk_map`` for ``risk_map.nc``). Figures are built on :class:`matplotlib.figure.Figure` without pyplot, so nothing is
global.
"""
