from .description import ImageFile as ImageFile
from .description import Site as Site
from .description import TissueDescription as TissueDescription
from .description import fingerprint as fingerprint
from .geometry import GEOMETRIES as GEOMETRIES
from .simulation import Outcome as Outcome
from .simulation import simulate as simulate
