from .campaign.files.store import open_campaign as open_campaign

__version__: str
