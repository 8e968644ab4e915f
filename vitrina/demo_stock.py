"""The demo's stock library: pictures and drawings that come with the package, clips and sounds made on the spot."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from .domain.access import Seller
from .domain.item_details import ItemDetails, Words
from .domain.shop import Shop

FOLDER = Path(__file__).parent / "stock"
# On sale before the demo says that it is there: four images, of which the first three have the same sizes.
FIRST = (
    *("patterns/sunset-sea.jpg", "patterns/mountains-dawn.jpg", "patterns/bokeh-gold.jpg"),
    *("photos/coffee.jpg", "drawings/lion.svg"),
)
PATIENCE = 180  # seconds for the worker to derive what comes first
STEP = 60  # seconds for one of the rest; a slow one does not hold up the others for ever

Ffmpeg = Callable[..., Awaitable[None]]


class Clip(msgspec.Struct, frozen=True):
    """A clip or a sound: its name, how ffmpeg makes it, and what is said of it in English and Russian."""

    name: str
    made_by: str
    title: str
    keywords: str
    title_ru: str
    keywords_ru: str
    categories: list[int]


_SIZE = "size=1280x720:rate=25"
CLIPS = (
    Clip(
        "colours",
        f"gradients={_SIZE}:speed=0.02:nb_colors=5:seed=3",
        *("Slowly moving colours", "colours; gradient; abstract; background; motion; loop"),
        *("Медленно плывущие цвета", "цвета; градиент; абстракция; фон; движение"),
        [1, 5],
    ),
    Clip(
        "mandelbrot",
        f"mandelbrot={_SIZE}:end_scale=0.002:end_pts=200:maxiter=600",
        *("Flight into the Mandelbrot set", "fractal; mandelbrot; zoom; mathematics; flight; abstract"),
        *("Полёт в множество Мандельброта", "фрактал; мандельброт; математика; полет; абстракция"),
        [1, 18],
    ),
    Clip(
        "cells",
        "life=size=64x36:rate=10:mold=10:ratio=0.3:seed=5:death_color=#203060:life_color=#f0c040,"
        "scale=1280:720:flags=neighbor",
        *("Cells live and die", "cells; life; automaton; science; pixels; motion"),
        *("Клетки живут и умирают", "клетки; жизнь; автомат; наука; пиксели; движение"),
        [1, 18],
    ),
    Clip(
        "rule-30",
        "cellauto=size=320x180:rate=25:rule=30:seed=4,scale=1280:720:flags=neighbor",
        *("Triangles of rule 30", "triangles; automaton; pattern; science; black and white"),
        *("Треугольники правила 30", "треугольники; автомат; узор; наука; черно-белый"),
        [1, 18],
    ),
    Clip(
        "carpet",
        f"sierpinski={_SIZE}:seed=2",
        *("Journey over a Sierpinski carpet", "fractal; carpet; sierpinski; squares; mathematics"),
        *("Путешествие по ковру Серпинского", "фрактал; ковер; серпинский; квадраты; математика"),
        [1, 18],
    ),
    Clip(
        "violet",
        f"gradients={_SIZE}:speed=0.03:nb_colors=3:type=radial:c0=#12002f:c1=#7b2ff7:c2=#f107a3:seed=9",
        *("Violet glow", "violet; pink; glow; light; background; abstract"),
        *("Фиолетовое сияние", "фиолетовый; розовый; сияние; свет; фон"),
        [1, 5],
    ),
)
SOUNDS = (
    Clip(
        "waves",
        "anoisesrc=color=brown:amplitude=0.8:seed=8:sample_rate=44100,tremolo=f=0.12:d=0.85,lowpass=f=1800",
        *("Calm waves of a computed sea", "sea; waves; surf; noise; calm; nature; sound"),
        *("Спокойные волны вычисленного моря", "море; волны; прибой; шум; спокойствие; природа"),
        [14, 25],
    ),
    Clip(
        "bells",
        "aevalsrc='0.4*exp(-3*mod(t,0.75))*sin(2*PI*t*440*pow(2,mod(floor(t/0.75)*7,12)/12))'"
        ":sample_rate=44100,aecho=0.8:0.7:120|310:0.4|0.25",
        *("Bells in fifths", "bells; melody; fifths; chime; calm; music"),
        *("Колокольчики по квинтам", "колокольчики; мелодия; квинты; звон; музыка"),
        [1],
    ),
)
_FILM = (
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-crf",
    "26",
    "-pix_fmt",
    "yuv420p",
    "-movflags",
    "+faststart",
)
_TUNE = ("-c:a", "libmp3lame", "-b:a", "128k")


async def fill_first(shop: Shop, seller: Seller, ffmpeg: Ffmpeg) -> dict[str, list[int]]:
    """What a demo cannot do without; ids by type, once all of them are on sale."""
    told = [one async for one in shop.stock_folders.take_in(seller, [FOLDER / name for name in FIRST])]
    taken = {one.path: one.item_id for one in told}
    order = [taken[FOLDER / name] for name in FIRST]
    ids = [id for id in order if id is not None]
    ids.append(await _clip(shop, seller, CLIPS[0], ffmpeg))
    await _on_sale(shop, ids, PATIENCE)
    found: dict[str, list[int]] = {"image": [], "vector": [], "video": []}
    items = await shop.items.on_sale(ids)
    for id in ids:
        if id in items:
            found[items[id].type].append(id)
    return found


async def fill_rest(shop: Shop, seller: Seller, ffmpeg: Ffmpeg) -> None:
    """All others, one by one: whatever sellers upload meanwhile is not to wait behind a hundred pictures."""
    works, _ = shop.stock_folders.works(FOLDER)
    async for one in shop.stock_folders.take_in(seller, works):
        if one.outcome == "new" and one.item_id is not None:
            await _on_sale(shop, [one.item_id], STEP)
    for clip in (*CLIPS, *SOUNDS):
        await _on_sale(shop, [await _clip(shop, seller, clip, ffmpeg)], STEP)


async def _clip(shop: Shop, seller: Seller, clip: Clip, ffmpeg: Ffmpeg) -> int:
    is_sound = clip in SOUNDS
    source = f"demo {'sound' if is_sound else 'clip'} {clip.name}"
    known = await shop.intake.known(seller, source)
    if known is not None:
        return known
    with TemporaryDirectory(prefix="vitrina-demo-") as folder:
        path = Path(folder) / f"{clip.name}{'.mp3' if is_sound else '.mp4'}"
        seconds, encoder = ("24", _TUNE) if is_sound else ("8", _FILM)
        await ffmpeg("-f", "lavfi", "-i", clip.made_by, "-t", seconds, *encoder, str(path))
        details = ItemDetails(
            title=clip.title,
            keywords=clip.keywords.split("; "),
            translations={"ru": Words(title=clip.title_ru, keywords=clip.keywords_ru.split("; "))},
            categories=clip.categories,
            illustration=not is_sound,
            series="computed sounds" if is_sound else "computed clips",
            author="Vitrina",
        )
        return (await shop.intake.take(seller, path, source, details)).item_id


async def _on_sale(shop: Shop, ids: list[int], seconds: float) -> None:
    """Wait for the worker; what takes too long is on sale later."""
    for _ in range(round(seconds * 5)):
        if len(await shop.items.on_sale(ids)) == len(set(ids)):
            return
        await asyncio.sleep(0.2)
