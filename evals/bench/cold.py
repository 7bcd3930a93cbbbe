"""One cold measurement in a process of its own: `python -m evals.bench.cold PART`.

Prints CPU milliseconds. Called by the bench; what a part does not measure it does before.
"""

from __future__ import annotations

import sys
import time


def importing() -> float:
    """Import what a caller of the semantic layer uses (its names load when first used)."""
    begin = time.process_time()
    from semantic_layer import Query, SemanticLayer

    del Query, SemanticLayer

    return time.process_time() - begin


def compiling() -> float:
    """Compile a first query: no SQL of any kind has been parsed before."""
    from evals.bench.compiling import star_context
    from evals.bench.star import RATIO
    from semantic_layer.compile import compile_query
    from semantic_layer.scope import EVERYTHING

    context = star_context()
    begin = time.process_time()
    compile_query(context, RATIO, EVERYTHING)
    return time.process_time() - begin


def loading() -> float:
    """Read and check 1,100 metrics; the imports are done, no SQL has been parsed."""
    from evals.bench.company import CATALOG_TYPES, files
    from semantic_layer.loader import read_files
    from semantic_layer.validate import validate

    texts = files(100)
    catalog = {f"fact_{number}": CATALOG_TYPES for number in range(100)}
    begin = time.process_time()
    issues = validate(read_files(texts), catalog)
    spent = time.process_time() - begin
    if issues:
        raise AssertionError(issues[0])
    return spent


PARTS = {"importing": importing, "compiling": compiling, "loading": loading}

if __name__ == "__main__":
    sys.stdout.write(f"{PARTS[sys.argv[1]]() * 1000:.3f}")
