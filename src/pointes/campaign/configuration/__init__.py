"""Configuration of a campaign: its sections and keys, reading it from YAML, and its generated reference."""
