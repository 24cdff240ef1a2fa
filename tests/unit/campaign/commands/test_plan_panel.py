"""What a panel will take is counted, and measured on a few of its cells."""

import pytest

from pointes.campaign import describe_plan, plan

CONFIG = """
name: mine
protocol: {beats: 4, label_beats: 2, until_steady: false}
panel:
  table: table.csv
  joint_samples: null
  doses: [1, 4]
  scenarios:
    static: {samples: 50, binding: static, model: {name: ohara-2011, celltype: endo}}
    cells:
      binding: static
      model: {name: ohara-2011, celltype: endo}
      population: {cells: 10, scale: {IKr: [0.5, 1.5]}}
      doses: [10]
"""


def test_cells_are_counted_and_costs_measured(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text("drug,cmax_nM,IKr_ic50_nM\na,10,20\nb,5,1000\nc,5,10\n")
    (tmp_path / "mine.yaml").write_text(CONFIG)
    found = plan(tmp_path / "mine.yaml", workers=2)
    assert {name: one.cells for name, one in found.scenarios.items()} == {"static": 3 * 2 * 50, "cells": 3 * 10}
    static = found.scenarios["static"]
    assert 0 < static.core_seconds_per_cell < 1
    assert static.core_hours == pytest.approx(300 * static.core_seconds_per_cell / 3600)
    assert found.wall_hours == pytest.approx(found.core_hours / 2)
    words = describe_plan(found)
    assert words["scenario cells"].startswith("30 cells of ")
    assert "wall time on 2 workers" in words
