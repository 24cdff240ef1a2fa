"""Attribution of the torsade metric of a panel's drugs to the channels that they block."""

from typing import Any

import numpy as np

from pointes.campaign.panel.compound_cells import Progress, simulate_compounds
from pointes.campaign.panel.reference import ReferencePanel
from pointes.drugs import DrugTable, shapley_values


def attribution_rows(
    table: DrugTable,
    reference: ReferencePanel,
    *,
    seed: int,
    workers: int,
    progress: Progress = lambda done, total: None,
) -> list[dict[str, Any]]:
    """Return a row for each drug of a table and each channel that it blocks, at the point estimates with static block.

    ``effect_uC_per_uF`` is the Shapley value of the channel (`pointes.drugs.shapley_values`). It is blank for a drug
    with whose blocks, or some of them, the cell is arrhythmic: qNet means nothing there.
    """
    compounds, _ = simulate_compounds(table, reference, n_samples=1, seed=seed, workers=workers, progress=progress)
    rows = []
    for name, category, cells in zip(table.names, table.risk, compounds, strict=True):
        metric = cells.metric_of_subsets
        effects = shapley_values(np.where(np.isfinite(metric), metric, np.nan))
        for channel, effect in zip(cells.blocked, effects, strict=True):
            rows.append(
                {
                    "drug": name,
                    "category": category,
                    "channel": channel,
                    "block_at_largest_dose": f"{cells.block_of(channel):.4f}",
                    "effect_uC_per_uF": f"{effect:.6f}" if np.isfinite(effect) else "",
                }
            )
    return rows
