"""Parts that several figures share: the style, the drawing of tissue, and readers of a campaign's datasets."""
