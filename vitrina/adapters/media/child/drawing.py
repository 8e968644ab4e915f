"""A cover drawn from a title, for works that come without one."""

import html
import random
import re
from typing import Any

import pyvips

from .picture import save_covers

SIZE = 1920
# Two colours of the ground and one of the shapes: dark enough for white letters everywhere.
PALETTES = (
    ("#1b2a49", "#3b5b8c", "#8fb3e0"),
    ("#3a1f3d", "#7a3b69", "#e0a3c6"),
    ("#12372a", "#2f6b53", "#9fd6b9"),
    ("#4a2511", "#96532a", "#f0c090"),
    ("#2b2d42", "#5c5f7e", "#c3c6e0"),
    ("#0d3b4f", "#1f7a8c", "#a8dde6"),
    ("#471323", "#8f2f45", "#f0a9b5"),
    ("#2e3510", "#66742a", "#d5e08f"),
)
UNSPEAKABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff\ud800-\udfff]"
)
LONGEST = 180


def main(arguments: dict[str, Any]) -> list[str]:
    """Three sizes of the drawn cover into `made`; their names."""
    return save_covers(cover(arguments["title"], arguments["seed"]))


def cover(title: str, seed: int) -> pyvips.Image:
    """A square of coloured ground and shapes with the title on it; the same each time."""
    chance = random.Random(seed)
    ground = pyvips.Image.svgload_buffer(background(chance).encode()).flatten(background=0)
    letters = lettering(title)
    if letters is not None:
        shade = letters.gaussblur(12).linear(0.55, 0).cast("uchar")
        ground = lay(ground, shade, [0, 0, 0], 6)
        ground = lay(ground, letters, [255, 255, 255], 0)
    return ground.colourspace("srgb").cast("uchar").copy_memory()


def background(chance: random.Random) -> str:
    """The ground as SVG; nothing in it comes from outside."""
    dark, light, shape = chance.choice(PALETTES)
    circles = "".join(
        f'<circle cx="{chance.randint(0, SIZE)}" cy="{chance.randint(0, SIZE)}" '
        f'r="{chance.randint(120, 620)}" '
        f'fill="{shape}" fill-opacity="{chance.uniform(0.05, 0.16):.2f}"/>'
        for _ in range(9)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE}">'
        f'<defs><linearGradient id="g" x1="0" y1="0" x2="{chance.uniform(0.2, 1):.2f}" y2="1">'
        f'<stop offset="0" stop-color="{light}"/><stop offset="1" stop-color="{dark}"/>'
        f"</linearGradient></defs>"
        f'<rect width="{SIZE}" height="{SIZE}" fill="url(#g)"/>{circles}'
        f'<rect x="96" y="96" width="{SIZE - 192}" height="{SIZE - 192}" fill="none" stroke="#fff" '
        f'stroke-opacity=".45" stroke-width="6"/></svg>'
    )


def lettering(title: str) -> pyvips.Image | None:
    """The title as a mask, wrapped and sized to its box; None where this machine has no font to draw it."""
    title = " ".join(UNSPEAKABLE.sub(" ", title).split())
    if len(title) > LONGEST:
        title = title[: LONGEST - 1].rstrip() + "…"
    if not title:
        return None
    # Fewer letters get a smaller box, or one short word would fill the whole cover.
    height = min(1300, 260 + 14 * len(title))
    try:
        # quote=False: Pango needs no quotes escaped in text, but must see no tags of the title's own.
        text = pyvips.Image.text(
            html.escape(title, quote=False), font="DejaVu Serif, Noto Serif, serif Bold",
            width=1440, height=height, align="centre", wrap="word-char", spacing=8,
        )  # fmt: skip
    except pyvips.Error:
        return None
    return text if text.max() > 0 else None


def lay(ground: pyvips.Image, mask: pyvips.Image, colour: list[int], down: int) -> pyvips.Image:
    """Paint the colour through the mask, centred and shifted down."""
    left, top = (ground.width - mask.width) // 2, (ground.height - mask.height) // 2 + down
    return mask.embed(left, top, ground.width, ground.height).ifthenelse(colour, ground, blend=True)
