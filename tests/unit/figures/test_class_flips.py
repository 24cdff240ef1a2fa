"""Class flips between scenarios."""

import numpy as np
import pytest

from pointes.figures import class_flips as module
from pointes.figures.shared import style


def test_class_flips_are_changes_against_the_first_scenario(classification):
    drugs, categories, scenarios = module.summarise(classification)
    assert drugs == ["alpha", "beta", "gamma", "delta", "omega"]
    assert categories == ["high", "high", "intermediate", "low", ""]
    assert [one.title for one in scenarios] == ["base", "spread", "spread, thresholds of base", "other"]
    assert [np.flatnonzero(one.changed).tolist() for one in scenarios] == [[], [1, 2], [], []]
    assert scenarios[1].frequency[2].tolist() == [0.6, 0.4, 0.0]


def test_class_flips_are_drawn_as_bars_of_whole_length(classification):
    figure = module.draw(classification)
    first, second = figure.axes[:2]
    lengths = np.array([[bar.get_width() for bar in container] for container in second.containers])
    assert lengths.sum(axis=0) == pytest.approx(np.ones(5))
    assert [line.get_ydata().tolist() for line in second.lines if line.get_marker() == "<"] == [[1, 2]]
    assert second.get_xlabel() == "samples (%)\n2 drugs changed\n18.0 % flipped"
    assert first.get_xlabel() == "samples (%)\nreference\n12.0 % flipped"
    assert [label.get_color() for label in first.get_yticklabels()][3] == style.CATEGORIES["low"].text


@pytest.mark.parametrize("count", [1, 2, 5])
def test_legend_and_titles_lie_within_the_figure(classification, count):
    rows = np.isin(classification["scenario"], ["base", "spread", "other"][:count])
    figure = module.draw({name: values[rows] for name, values in classification.items()})
    figure.draw_without_rendering()
    for text in [*figure.legends[0].get_texts(), *(axes.title for axes in figure.axes)]:
        assert text.get_window_extent().x1 <= figure.bbox.x1
