"""Observers of a tissue: activation, EAD margins, labels, pseudo-ECG, and snapshots of the potential."""
