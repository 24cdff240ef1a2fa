"""Commands that use a campaign's configuration or results without running the workflow."""
