"""Elementary functions that LLVM can turn into packed instructions.

``math.exp`` in a Numba loop is a call into the C library for each number, which keeps the whole loop scalar. The
functions here are straight-line arithmetic without branches or calls, so a loop over lanes that uses them becomes SIMD
code. Each is accurate to a few units in the last place, and saturates where the C library would overflow.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core.typing.context import Context
from numba.core.typing.templates import Signature
from numba.extending import intrinsic

# No `reassoc`: it would undo the rounding trick in `_split`. No `nnan` or `ninf`: a lane that diverges must be noticed.
FAST = {"contract", "nsz", "arcp"}

LOG2E = 1.4426950408889634
LN2_HIGH = 0.693147180369123816490
LN2_LOW = 1.90821492927058770002e-10
LN2 = 0.6931471805599453
SHIFTER = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to an integer, which then sits in the low mantissa bits
LARGEST = 708.0  # exp of more would leave the range of normal doubles

ONE = 0x3FF0000000000000  # bits of 1.0
TWO52 = 0x4330000000000000  # bits of 2**52
SQRT2_STEP = 0x95F619980C433  # bits of 2 less those of sqrt(2): moves the interval of mantissas to [1/sqrt(2), sqrt(2))

VECTOR_BITS = 512

F = TypeVar("F", bound=Callable[..., Any])
Typed = tuple[Signature, Callable[..., Any]]  # result of an intrinsic: its signature and the writer of its LLVM code


def inline(function: F) -> F:
    """Compile a function into all compiled functions that call it."""
    return njit(forceinline=True, error_model="numpy", fastmath=FAST)(function)  # type: ignore[return-value]  # callable


@intrinsic
def widest_vectors(typingctx: Context) -> Typed:
    """Allow vectors of `VECTOR_BITS` in the calling function where the CPU has them.

    By default LLVM uses half of that on Intel's CPUs with AVX-512, because the first of them lowered their clock for
    it. Other functions that Numba compiles in the same process stay as they are.
    """
    return _attribute(f'"prefer-vector-width"="{VECTOR_BITS}"')


@intrinsic
def no_unrolling(typingctx: Context) -> Typed:
    """Keep the loops of the calling function until LLVM has turned them into vectors.

    LLVM would unroll short loops before, in models of few states, and leave them scalar. Asking for small code prevents
    this; the code of larger models does not change with it.
    """
    return _attribute("optsize")


def _attribute(text: str) -> Typed:
    """Return the result of an intrinsic that gives an attribute of LLVM to the function that calls it."""

    def give(context: Any, builder: Any, signature: Signature, arguments: Any) -> Any:
        set.add(builder.function.attributes, text)  # the set's own `add` refuses attributes with a value
        return context.get_dummy_value()

    return types.void(), give


@intrinsic
def _bits(typingctx: Context, x: types.Type) -> Typed:
    """Return the 64 bits of a double as an integer."""
    return types.int64(types.float64), lambda _, builder, __, args: builder.bitcast(args[0], ir.IntType(64))


@intrinsic
def _double(typingctx: Context, bits: types.Type) -> Typed:
    """Return the double that has these 64 bits."""
    return types.float64(types.int64), lambda _, builder, __, args: builder.bitcast(args[0], ir.DoubleType())


@inline
def where(condition: bool, a: float, b: float) -> float:
    """Return ``a`` if the condition holds, else ``b``; both are evaluated, so that no branch is left."""
    return a if condition else b


@inline
def square(x: float) -> float:
    """Return x²."""
    return x * x


@inline
def cube(x: float) -> float:
    """Return x³."""
    return x * x * x


@inline
def _split(x: float) -> tuple[float, float]:
    """Return (2**k, r) with x = k ln 2 + r and |r| <= ln 2 / 2."""
    x = where(x < -LARGEST, -LARGEST, where(x > LARGEST, LARGEST, x))
    shifted = x * LOG2E + SHIFTER
    scale: float = _double((_bits(shifted) << 52) + ONE)  # type: ignore[call-arg, arg-type]  # Numba passes the context
    return scale, x - (shifted - SHIFTER) * LN2


@inline
def exp(x: float) -> float:
    """Return e**x to a relative error of 1e-15 (2e-14 at the ends), saturated beyond |x| = 708."""
    scale, r = _split(x)
    # Chebyshev fit of (exp(r) - 1) / r
    q = 2.7620138719733994e-07
    q = q * r + 2.7632716110097874e-06
    q = q * r + 2.480152119021773e-05
    q = q * r + 0.00019841190488906993
    q = q * r + 0.0013888888917281794
    q = q * r + 0.008333333367413728
    q = q * r + 0.04166666666662399
    q = q * r + 0.16666666666615443
    q = q * r + 0.5000000000000001
    q = q * r + 1.0000000000000013
    return scale * r * q + scale


@inline
def expm1(x: float) -> float:
    """Return e**x - 1 to a relative error of 3e-10, enough for the integrator, also near zero; saturated as `exp`."""
    scale, r = _split(x)
    q = 0.00019899332056564083
    q = q * r + 0.001394116075382547
    q = q * r + 0.008333298413941455
    q = q * r + 0.041666352268082525
    q = q * r + 0.166666667191548
    q = q * r + 0.5000000047259399
    q = q * r + 1.0
    return scale * r * q + (scale - 1.0)


@inline
def log(x: float) -> float:
    """Return the natural logarithm of a positive normal number; NaN for a negative one.

    With x = 2**k m and m in [1/sqrt(2), sqrt(2)), log m = 2 artanh(s) for s = (m - 1)/(m + 1), |s| < 0.1716.
    """
    bits: int = _bits(x)  # type: ignore[call-arg, arg-type]  # Numba passes the context
    shifted = bits + SQRT2_STEP
    k = _double(((shifted >> 52) & 0x7FF) | TWO52) - (4503599627370496.0 + 1023.0)
    m = _double(bits - (((shifted >> 52) - 1023) << 52))
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = 1 / 21
    p = p * z + 1 / 19
    p = p * z + 1 / 17
    p = p * z + 1 / 15
    p = p * z + 1 / 13
    p = p * z + 1 / 11
    p = p * z + 1 / 9
    p = p * z + 1 / 7
    p = p * z + 1 / 5
    p = p * z + 1 / 3
    value = k * LN2_HIGH + (2.0 * s + (2.0 * s * z * p + k * LN2_LOW))
    return where(x > 0.0, value, where(x == 0.0, -float("inf"), float("nan")))


@inline
def power(x: float, y: float) -> float:
    """Return x**y as the C library does: NaN for a negative x, unless y is a whole number; 0**0 is 1.

    At the ends of the range of doubles it saturates, as `exp` does.
    """
    is_whole, is_odd = np.floor(y) == y, np.floor(0.5 * y) != 0.5 * y
    size = exp(y * log(abs(x)))
    of_negative = where(is_whole, where(is_odd, -size, size), float("nan"))
    of_nonzero = where(x < 0.0, of_negative, size)
    return where(y == 0.0, 1.0, where((x == 0.0) & (y > 0.0), 0.0, of_nonzero))
