"""Gaussian-process classifier of noise-free labels of one simulator."""
