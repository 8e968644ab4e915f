"""Stock pictures and drawings: what they are, their previews with a watermark, and the sizes that are sold."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyvips

from . import drawn, metadata, watermark
from .colors import dominant, dots_of
from .picture import DAMAGED, LOADERS, opaque, open_only_pictures, save_jpeg
from .refusal import TOO_MUCH_MEMORY, Refusal

SIDES = (950, 450, 380)
SMALL_SIDES = (170, 110)  # too small to be worth a watermark
NOT_STOCK = (
    "The file is no JPEG or PNG picture, no SVG or EPS drawing, no MP4 video and no MP3 sound;"
    " save it as one and send it again."
)


def main(arguments: dict[str, Any]) -> Any:
    """One act; the answer of each stands at its function."""
    if arguments["act"] in OWN_ACTS:
        return OWN_ACTS[arguments["act"]](arguments)
    source = Source(arguments)
    try:
        return ACTS[arguments["act"]](source, arguments)
    except pyvips.Error as problem:
        said = str(problem).lower()
        damaged = drawn.DAMAGED if source.kind == "svg" else DAMAGED
        raise Refusal(TOO_MUCH_MEMORY if "out of memory" in said else damaged) from problem


class Source:
    """An untrusted picture or drawing, checked against the bounds before a single dot of it is decoded."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.path = arguments.get("source", "source")
        self.drawing = b""
        self.header: Any = None
        self.kind = self._kind()
        try:
            if self.kind == "svg":
                pyvips.operation_block_set("VipsForeignLoad", True)
                pyvips.cache_set_max(0)
            # The watermark is a drawing of ours, from memory; files are opened by the one loader only.
            pyvips.operation_block_set("VipsForeignLoadSvgBuffer", False)
            self._measure(arguments)
        except pyvips.Error as problem:
            raise Refusal(drawn.DAMAGED if self.kind == "svg" else DAMAGED) from problem

    def _kind(self) -> str:
        with open(self.path, "rb") as file:
            head = file.read(64 << 10)
        if any(head.startswith(magic) for magic in LOADERS):
            return open_only_pictures(Path(self.path))
        if not drawn.is_drawing(head):
            raise Refusal(NOT_STOCK)
        self.drawing = drawn.read(Path(self.path))
        return "svg"

    def _measure(self, arguments: dict[str, Any]) -> None:
        if self.kind == "svg":
            self.width, self.height = drawn.size(self.drawing)
        else:
            self.header = pyvips.Image.new_from_file(self.path, access="sequential", fail_on="error")
            turned = self.header.get_typeof("orientation") and self.header.get("orientation") >= 5
            sides = (self.header.width, self.header.height)
            self.width, self.height = sides[::-1] if turned else sides
        most, longest = arguments["pixels"], arguments["dimension"]
        if max(self.width, self.height) > longest or self.width * self.height > most:
            raise Refusal(
                f"The picture has more than {most // 1_000_000} megapixels or {longest} pixels a side; make it smaller."
            )
        if min(self.width, self.height) < 1 or max(self.width, self.height) > 50 * min(
            self.width, self.height
        ):
            raise Refusal("The picture is a mere line; only pictures with a width and a height are sold.")

    def at(self, side: int) -> Any:
        """At most so many pixels wide and high, upright, 8-bit sRGB, with its alpha; a drawing is as large as asked."""
        if self.kind == "svg":
            image = drawn.load(self.drawing, side / max(self.width, self.height))
        else:
            image = pyvips.Image.thumbnail(
                self.path, side, height=side, size="down", output_profile="srgb", fail_on="error",
                input_profile="cmyk" if self.header.interpretation == "cmyk" else "srgb",
            )  # fmt: skip
        if image.interpretation != "srgb" or image.format != "uchar":
            image = image.colourspace("srgb").cast("uchar")
        return image.copy_memory()


def look(source: Source, _arguments: dict[str, Any]) -> dict[str, Any]:
    """Media type, sides as shown, and what is written in the file."""
    types = {"svg": "image/svg+xml", "jpg": "image/jpeg", "png": "image/png"}
    told: dict[str, Any] = {} if source.header is None else metadata.told_by(source.header)
    return {"media_type": types[source.kind], "width": source.width, "height": source.height, "told": told}


def derive(source: Source, _arguments: dict[str, Any]) -> dict[str, Any]:
    """All previews into `made`, the dominant colours, and the grey dots that a fingerprint is made of."""
    image = source.at(SIDES[0])
    plain = opaque(image)
    save_previews(plain, SIDES)
    small = fit(image, 64)
    return {
        "width": source.width,
        "height": source.height,
        "colors": dominant(dots_of(bytes(small.write_to_memory()), small.bands)),
        "grey": dots(plain),
    }


def save_previews(plain: Any, marked: tuple[int, ...]) -> None:
    """All sizes of an opaque picture, those of these sides under the watermarks."""
    for mark in watermark.MARKS:
        Path("made", mark).mkdir()
    for side in (*SIDES, *SMALL_SIDES):
        fitted = fit(plain, side)
        for mark in watermark.MARKS:
            save_jpeg(watermark.put_on(fitted, mark) if side in marked else fitted, f"{mark}/{side}.jpg")


def fit(image: Any, side: int) -> Any:
    return (
        image.thumbnail_image(side, height=side, size="down")
        if max(image.width, image.height) > side
        else image
    )


def grey(source: Source, _arguments: dict[str, Any]) -> list[int]:
    """The dots that a fingerprint is made of."""
    return dots(opaque(source.at(SIDES[0])))


def dots(image: Any) -> list[int]:
    """9 × 8 grey dots of the whole picture, whatever its shape."""
    tiny = fit(image, 256).colourspace("b-w").thumbnail_image(9, height=8, size="force")
    return list(bytes(tiny.cast("uchar").extract_band(0).write_to_memory()))


def render(source: Source, arguments: dict[str, Any]) -> str:
    """`STEM.jpg` (or .png where the master is a picture of that kind) in `made`, as large as asked; its name."""
    image = source.at(arguments["side"])
    stem = arguments["stem"]
    if source.kind == "png" and not arguments.get("drawing"):
        image.pngsave(f"made/{stem}.png", compression=6, keep="none")
        return f"{stem}.png"
    opaque(image).jpegsave(f"made/{stem}.jpg", Q=92, optimize_coding=True, keep="none")
    return f"{stem}.jpg"


def overlay(arguments: dict[str, Any]) -> list[str]:
    """The watermarks alone as PNG beside `made`, to be laid on film; their names."""
    names = []
    for mark in watermark.MARKS:
        watermark.draw(mark, arguments["width"], arguments["height"]).pngsave(f"{mark}.png")
        names.append(f"{mark}.png")
    return names


def sound(_arguments: dict[str, Any]) -> None:
    """The previews of a sound: its loudness as a picture, without a watermark, and what `made` has to be heard."""
    points = json.loads(Path("made/waveform.json").read_text())["points"]
    save_previews(opaque(pyvips.Image.svgload_buffer(loudness(points).encode())), marked=())
    for mark in watermark.MARKS:
        shutil.copyfile("made/preview.mp3", f"made/{mark}/preview.mp3")
    for name in ("waveform.json", "waveform.svg", "preview.mp3"):
        Path("made", name).unlink()


def loudness(points: list[int]) -> str:
    """Bars as SVG, made of numbers only."""
    width, height, most = SIDES[0], 2 * SIDES[0] // 5, 95
    step = -(-len(points) // most)
    bars = [max(points[at : at + step]) for at in range(0, len(points), step)]
    pace, half = width / len(bars), height / 2
    strokes = "".join(
        f"M{pace * (at + 0.5):.1f} {half - 0.9 * half * bar / 100 - 1:.1f}V{half + 0.9 * half * bar / 100 + 1:.1f}"
        for at, bar in enumerate(bars)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<rect width="{width}" height="{height}" fill="#eef0fb"/><path d="{strokes}" stroke="#5b6ee1"'
        f' stroke-width="{pace * 0.6:.1f}" stroke-linecap="round" fill="none"/></svg>'
    )


OWN_ACTS: dict[str, Any] = {"overlay": overlay, "sound": sound}
ACTS: dict[str, Any] = {"look": look, "derive": derive, "grey": grey, "render": render}
