"""`python -m arriero.index.indexer`: started by the daemon, not by hand."""

from __future__ import annotations

import gc


def main() -> None:
    """Give way to everything else, and serve."""
    # Somebody waits for the first names. What is imported stays, and is not to be looked through
    # for what does not: neither while it is, nor ever.
    gc.disable()
    import logging

    from arriero.index.indexer.priority import Promptly, give_way
    from arriero.index.indexer.server import serve

    gc.freeze()
    gc.enable()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    promptly = Promptly()
    give_way()
    serve(promptly)


if __name__ == "__main__":
    main()
