"""Papers: invoices and certificates as PDF."""

from .typeset import Language, Papers

__all__ = ["Language", "Papers"]
