from .campaign.files.store import open_campaign as open_campaign
from .campaign.panel.scoring import score_drug as score_drug

__version__: str
