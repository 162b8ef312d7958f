"""One thread for each matrix product: the model runs its batches side by side instead.

OpenBLAS lets the threads of one product wait for each other in busy loops. With other processes on
the same cores that was measured to make the model six times slower.
"""

import ctypes
from pathlib import Path

import numpy as np

_SETTERS = ("scipy_openblas_set_num_threads64_", "openblas_set_num_threads64_", "openblas_set_num_threads")


def use_one_thread() -> bool:
    """Tell the OpenBLAS that numpy's wheels bring; False if numpy came with another library."""
    package = Path(np.__file__).parent
    folders = (package.with_name("numpy.libs"), package / ".dylibs")
    for path in (path for folder in folders for path in folder.glob("*openblas*")):
        library = ctypes.CDLL(str(path))
        for name in _SETTERS:
            if hasattr(library, name):
                getattr(library, name)(1)
                return True
    return False
