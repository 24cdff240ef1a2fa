"""Drugs as numbers: tables of IC50 and Hill coefficients, block at a dose, its uncertainty, and the risk from it."""

from pointes.drugs.classification import SCORED, Auc, Separation, baseline_scores, critical_score, separation
from pointes.drugs.dose_response import block_along_doses, blocks_at_dose, hill_block
from pointes.drugs.risk import Critical, DrugRisks, Status, assess_drugs, critical_multiple
from pointes.drugs.row import RISKS
from pointes.drugs.table import CHANNELS, DrugTable, read_drug_table
from pointes.drugs.uncertainty import HillDraws, draw_hill

__all__ = [
    "CHANNELS",
    "RISKS",
    "SCORED",
    "Auc",
    "Critical",
    "DrugRisks",
    "DrugTable",
    "HillDraws",
    "Separation",
    "Status",
    "assess_drugs",
    "baseline_scores",
    "block_along_doses",
    "blocks_at_dose",
    "critical_multiple",
    "critical_score",
    "draw_hill",
    "hill_block",
    "read_drug_table",
    "separation",
]
