"""What the first answers need, loaded ahead of them."""

from __future__ import annotations

import gc
import logging

log = logging.getLogger("kai_lsp")


def load() -> None:
    """Import the parts that answer, and read their tables; for a thread of its own."""
    try:
        import kai_lsp.actions
        import kai_lsp.completion
        import kai_lsp.diagnostics
        import kai_lsp.generate
        import kai_lsp.hover
        import kai_lsp.lenses  # noqa: F401
        from kai.kubectl.resources import builtin
        from kai.nlu import understand

        builtin()
        understand("pods in prod that restart")
    except Exception as error:  # noqa: BLE001 - who asks first will say so
        log.warning("not everything could be loaded ahead: %s", type(error).__name__)
    finally:
        # What is loaded stays: it is looked through once, and never again.
        gc.collect()
        gc.freeze()
