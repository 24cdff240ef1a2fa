from . import cable as cable
from . import niederer as niederer
from .description import Site as Site
from .description import TissueDescription as TissueDescription
from .simulation import simulate as simulate
