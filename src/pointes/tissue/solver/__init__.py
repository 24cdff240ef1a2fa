"""Solver of the monodomain equation: reaction of the cells, diffusion between them, and stimuli."""
