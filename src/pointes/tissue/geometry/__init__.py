"""Geometry of tissue: where its nodes are, which cells they hold, and along which fibres they conduct."""
