"""What Spark does around each task of a Python worker, which takes as long as some tasks do: most of it spared."""

from __future__ import annotations

import gc
import sys
from zipimport import zipimporter


def settle() -> None:
    """Spares the tasks that follow in this process what is done for each of them; tasks begin with it.

    - Before a task Spark has Python forget what it knows of its path. The ends of archives are then read again, Spark's
      own among them, once for each package in them: 80 ms. An archive that Python does not know it cannot forget; it is
      found again where a module is looked for.
    - Behind a task Spark collects garbage, through all that modules consist of: 50 ms. What is there when a task begins
      is left out from now on; it still goes when nothing refers to it any more.
    """
    for path, finder in list(sys.path_importer_cache.items()):
        if isinstance(finder, zipimporter):
            del sys.path_importer_cache[path]
    gc.freeze()
