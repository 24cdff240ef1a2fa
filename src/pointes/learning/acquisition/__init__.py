"""Acquisition: which points are worth labelling next."""
