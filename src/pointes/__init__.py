"""pointes: where in ion-channel-block space the human heart becomes arrhythmic, with few simulations."""

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Offer `open_campaign` without importing what it needs before it is used."""
    if name == "open_campaign":
        from pointes.campaign.files.store import open_campaign

        return open_campaign
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
