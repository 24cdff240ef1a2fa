"""Gaussian-process classifiers of an expensive simulator that use labels of a cheap one."""
