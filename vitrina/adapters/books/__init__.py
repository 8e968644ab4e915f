"""Books: what stands in them, for a page that shows it."""

from .fb2 import Block, BookDamaged, Leaf, Piece, read_fb2

__all__ = ["Block", "BookDamaged", "Leaf", "Piece", "read_fb2"]
