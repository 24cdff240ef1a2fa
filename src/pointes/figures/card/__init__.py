"""The card of a compound: one page with its class, the reasons for it and the limits of both, as HTML and as PDF."""
