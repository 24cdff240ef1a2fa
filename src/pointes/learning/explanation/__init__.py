"""Explanation of a learned boundary: which parameters it depends on, and how."""
