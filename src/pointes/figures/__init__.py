"""The figures and the summary page of a campaign: one module each, datasets in, a figure or text out.

A module offers ``summarise``, which reduces datasets to the few numbers that are shown, and ``draw``, which shows
them and does nothing else. The names of ``draw``'s arguments are the names of the campaign's files (``risk_map`` for
``risk_map.nc``). Figures are built on :class:`matplotlib.figure.Figure` without pyplot, so nothing is global.
"""
