"""Fingerprints: equal ones stand for equal results, whatever the code looks like that computes them."""

from pointes import cells
from pointes.cells import numerics
from pointes.tissue.description import TissueDescription, fingerprint
from pointes.tissue.solver import reaction

MODEL = "aliev-panfilov-1996"


def test_fingerprint_depends_on_every_part():
    parts = [("a", "b"), ("a", "c"), ("ab",), ("a", "b", "")]
    assert len({numerics.fingerprint(*part) for part in parts}) == len(parts)


def fingerprints():
    """Fingerprints of a cell and of a tissue made of it."""
    cells.load.cache_clear()
    return cells.load("aliev-panfilov-1996").fingerprint, fingerprint(
        TissueDescription("cable", "aliev-panfilov-1996", size_mm=(5,))
    )


def test_other_numbers_have_other_fingerprints(monkeypatch):
    cell, tissue = fingerprints()
    monkeypatch.setattr(reaction, "NUMERICS", reaction.NUMERICS + 1)
    assert fingerprints()[0] == cell
    assert fingerprints()[1] != tissue
    monkeypatch.setattr(numerics, "NUMERICS", numerics.NUMERICS + 1)
    assert fingerprints()[0] != cell
    cells.load.cache_clear()
