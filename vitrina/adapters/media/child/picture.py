"""Pictures: opened within bounds, turned upright, in sRGB, free of metadata, in the sizes that pages show."""

from pathlib import Path
from typing import Any

import pyvips

from .refusal import TOO_MUCH_MEMORY, Refusal

COVER_WIDTHS = (480, 1280, 1920)
PICTURE_WIDTH = 1280
DAMAGED = "The picture is damaged or cut short; save it again as PNG or JPEG and upload it."
NOT_PICTURE = "The file is not a PNG or JPEG picture; save it in one of these formats and upload it again."
LOADERS = {
    b"\x89PNG\r\n\x1a\n": ("png", "VipsForeignLoadPngFile"),
    b"\xff\xd8\xff": ("jpg", "VipsForeignLoadJpegFile"),
}


def main(arguments: dict[str, Any]) -> Any:
    """`covers`: three JPEGs into `made`, their names. `picture`: one, its name."""
    kind = open_only_pictures(Path(arguments.get("source", "source")))
    try:
        if arguments["act"] == "covers":
            return covers(arguments)
        return picture(arguments, kind)
    except pyvips.Error as problem:
        said = str(problem).lower()
        raise Refusal(TOO_MUCH_MEMORY if "out of memory" in said else DAMAGED) from problem


def open_only_pictures(source: Path) -> str:
    """The kind by content, "png" or "jpg"; every other loader of libvips is blocked for good."""
    with source.open("rb") as file:
        head = file.read(16)
    found = next((entry for magic, entry in LOADERS.items() if head.startswith(magic)), None)
    if found is None:
        raise Refusal(NOT_PICTURE)
    kind, loader = found
    pyvips.operation_block_set("VipsForeignLoad", True)
    pyvips.operation_block_set(loader, False)
    pyvips.cache_set_max(0)
    return kind


def load(arguments: dict[str, Any], width: int) -> pyvips.Image:
    """The picture at most `width` wide (never enlarged), upright, 8-bit sRGB, alpha kept."""
    source = arguments.get("source", "source")
    whole = pyvips.Image.new_from_file(source, access="sequential", fail_on="error")
    if whole.width * whole.height > arguments["pixels"]:
        most = arguments["pixels"] // 1_000_000
        raise Refusal(f"The picture has more than {most} megapixels; make it smaller and upload it again.")
    if max(whole.width, whole.height) > arguments["dimension"]:
        most = arguments["dimension"]
        raise Refusal(
            f"The picture is more than {most} pixels wide or high; make it smaller and upload it again."
        )
    image = pyvips.Image.thumbnail(
        source, width, height=arguments["dimension"], size="down", output_profile="srgb",
        input_profile="cmyk" if whole.interpretation == "cmyk" else "srgb",
        fail_on="error",
    )  # fmt: skip
    if image.interpretation != "srgb" or image.format != "uchar":
        image = image.colourspace("srgb").cast("uchar")
    return image.copy_memory()


def opaque(image: pyvips.Image) -> pyvips.Image:
    """Laid on white where it is transparent."""
    return image.flatten(background=255) if image.hasalpha() else image


def save_jpeg(image: pyvips.Image, name: str) -> str:
    """Write a JPEG without any metadata into `made`."""
    image.jpegsave(f"made/{name}", Q=85, optimize_coding=True, interlace=True, keep="none")
    return name


def covers(arguments: dict[str, Any]) -> list[str]:
    """All three sizes from one decoding; a small source keeps its size."""
    return save_covers(opaque(load(arguments, COVER_WIDTHS[-1])))


def save_covers(image: pyvips.Image) -> list[str]:
    """480.jpg, 1280.jpg and 1920.jpg of an opaque picture."""
    return [
        save_jpeg(
            image if image.width <= width else image.thumbnail_image(width, height=1 << 20), f"{width}.jpg"
        )
        for width in COVER_WIDTHS
    ]


def picture(arguments: dict[str, Any], kind: str) -> str:
    """A gallery picture: PNG stays PNG with its transparency, JPEG stays JPEG."""
    image = load(arguments, PICTURE_WIDTH)
    name = f"{arguments['stem']}_{PICTURE_WIDTH}.{kind}"
    if kind == "jpg":
        return save_jpeg(opaque(image), name)
    image.pngsave(f"made/{name}", compression=6, keep="none")
    return name
