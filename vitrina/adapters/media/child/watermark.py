"""Watermarks: a net of lines for all, and the shop's name for those who want to see whose it is. No font is needed."""

from typing import Any

import pyvips

NEUTRAL, BRANDED = "neutral", "depositphotos"
MARKS = (NEUTRAL, BRANDED)
TILE = 240  # pixels, at 950 and above; smaller pictures get smaller tiles
# Letters as strokes in a box 100 high; a machine without fonts draws them too. (width, path)
LETTERS = {
    "V": (60, "M0 0L30 100L60 0"),
    "I": (10, "M5 0V100"),
    "T": (64, "M0 0H64M32 0V100"),
    "R": (58, "M0 100V0H32Q58 0 58 27T32 54H0M30 54L58 100"),
    "N": (62, "M0 100V0L62 100V0"),
    "A": (64, "M0 100L32 0L64 100M12 64H52"),
}
NAME = "VITRINA"
GAP = 26


def put_on(image: Any, mark: str) -> Any:
    """An opaque sRGB picture under a watermark."""
    return image.composite2(draw(mark, image.width, image.height), "over").flatten()


def draw(mark: str, width: int, height: int) -> Any:
    """The watermark alone, transparent around its strokes."""
    tile = max(90, min(TILE, max(width, height) * TILE // 950))
    shapes = net(tile) if mark == NEUTRAL else net(tile) + name(tile)
    # Dark below white: one of the two shows on any picture.
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"><defs>'
        f'<pattern id="p" width="{tile}" height="{tile}" patternUnits="userSpaceOnUse">'
        f'<g fill="none" stroke-linecap="round" stroke-linejoin="round">'
        f'<g stroke="#000" stroke-opacity=".28" transform="translate(1 1)">{shapes}</g>'
        f'<g stroke="#fff" stroke-opacity=".5">{shapes}</g></g></pattern></defs>'
        f'<rect width="{width}" height="{height}" fill="url(#p)"/></svg>'
    )
    image = pyvips.Image.svgload_buffer(svg.encode())
    return image.copy(interpretation="srgb")


def net(tile: int) -> str:
    """Crossing diagonals with a ring in the middle of each mesh."""
    thin = max(tile / 160, 0.8)
    return (
        f'<path stroke-width="{thin:.2f}" d="M0 0L{tile} {tile}M{tile} 0L0 {tile}"/>'
        f'<circle stroke-width="{thin * 2:.2f}" cx="{tile / 2}" cy="{tile / 2}" r="{tile / 9:.1f}"/>'
    )


def name(tile: int) -> str:
    """The shop's name, once a tile, slightly uphill."""
    total = sum(LETTERS[letter][0] for letter in NAME) + GAP * (len(NAME) - 1)
    scale = tile * 0.62 / total
    strokes, at = "", 0
    for letter in NAME:
        width, path = LETTERS[letter]
        strokes += f'<path transform="translate({at} 0)" d="{path}"/>'
        at += width + GAP
    left, thick = (tile - total * scale) / 2, 13
    return (
        f'<g stroke-width="{thick}" transform="translate({left:.1f} {tile * 0.2:.1f}) rotate(-8 {tile / 2} 0)'
        f' scale({scale:.4f})">{strokes}</g>'
    )
