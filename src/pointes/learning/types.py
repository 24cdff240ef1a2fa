"""Array types of the learner."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.int8]
"""Labels, or values of an enumeration such as `pointes.vocabulary.Purpose`."""
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]
