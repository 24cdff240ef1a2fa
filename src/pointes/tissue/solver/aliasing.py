"""A promise to LLVM without which loops over several arrays do not become vectors."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.typing.context import Context
from numba.core.typing.templates import Signature
from numba.extending import intrinsic

from pointes.cells.simd import Typed


@intrinsic
def no_aliases(typingctx: Context) -> Typed:
    """Promise that nothing that the calling function writes to is reached by another of its arguments.

    Otherwise LLVM keeps a loop scalar when it would have to compare too many arrays before.
    """

    def give(context: Any, builder: Any, signature: Signature, arguments: Any) -> Any:
        for argument in builder.function.args:
            if isinstance(argument.type, ir.PointerType):
                argument.add_attribute("noalias")
        return context.get_dummy_value()

    return types.void(), give
