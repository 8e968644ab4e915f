"""Fingerprints of pictures: 64 bits that stay nearly the same when a picture is scaled, recoded or recoloured a little.

A difference hash: in a grey picture of 9 × 8, whether each dot is darker than its neighbour to the right.
"""

from collections.abc import Sequence

WIDTH, HEIGHT = 9, 8
BITS = (WIDTH - 1) * HEIGHT


def fingerprint_of(grey: Sequence[int]) -> int:
    """The fingerprint of 72 grey dots, row by row, as a signed number of 64 bits: PostgreSQL has no other."""
    if len(grey) != WIDTH * HEIGHT:
        raise ValueError(f"a fingerprint is made of {WIDTH * HEIGHT} dots")
    bits = 0
    for row in range(HEIGHT):
        for column in range(WIDTH - 1):
            dot = row * WIDTH + column
            bits = bits << 1 | (grey[dot] < grey[dot + 1])
    return bits - (1 << BITS) if bits >> (BITS - 1) else bits


def distance(one: int, other: int) -> int:
    """In how many of the 64 bits two fingerprints differ; up to about 10 the pictures look alike."""
    return ((one ^ other) & ((1 << BITS) - 1)).bit_count()
