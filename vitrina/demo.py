"""Demo goods: accounts, real media made on the spot, offers in every section. Filling twice changes nothing."""

import asyncio
import os
import secrets
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from . import demo_group, demo_stock
from .adapters.media.tools import find_ffmpeg
from .domain.access import Buyer, Right, Seller
from .domain.catalog import Section
from .domain.contents import ContentStatus, Declared, Kind
from .domain.filters import Filter
from .domain.offers import CarriedKind, Draft
from .domain.orders import Wanted
from .domain.problems import EmailTaken, NotAuthenticated
from .domain.shop import Shop
from .domain.uploads import NewContent, Part
from .settings import Settings
from .store.sellers import Role

PIECE = 1024 * 1024
PATIENCE = 180  # seconds for the worker to process one work

ACCOUNTS: dict[str, tuple[Role, str, str]] = {
    "seller": ("sellers", "seller@demo.example", "Анна Продавец"),
    "second_seller": ("sellers", "second@demo.example", "Second Seller"),
    "buyer": ("buyers", "buyer@demo.example", "Борис Покупатель"),
    "operator": ("operators", "operator@demo.example", "Operator"),
}


class DemoNotFilled(Exception):
    """The demo goods could not be made."""


class Work(msgspec.Struct, frozen=True):
    """A work of the demo: how it is called and how its file is made."""

    title: str
    description: str
    kind: Kind
    media_type: str
    author: str
    make: Any


async def fill(shop: Shop, settings: Settings) -> None:
    """Make what is missing and write demo.json; one at a time, or two would make everything twice."""
    async with shop.db.alone("demo goods"):
        await _fill(shop, settings)


async def _fill(shop: Shop, settings: Settings) -> None:
    path = settings.data / "demo.json"
    written = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
    written["base_url"] = settings.address
    for who, (role, email, name) in ACCOUNTS.items():
        written[who] = await _account(shop, role, email, name, written.get(who, {}))
    for right in Right:
        await shop.sellers.grant(ACCOUNTS["seller"][1], right)
    sellers = {}
    for who in ("seller", "second_seller"):
        row = await shop.sellers.find(ACCOUNTS[who][1])
        sellers[who] = Seller(row.id, frozenset(Right(word) for word in row.rights))
        written[who]["token"] = await _token(shop, row.id, written[who].get("token"))
    contents = await _works(shop, sellers["seller"])
    for draft in drafts(contents):
        await _offer(shop, sellers["seller"], draft)
    await _offer(shop, sellers["second_seller"], SECOND)
    await _sell_one(shop, sellers["seller"], settings)
    item_ids = await demo_stock.fill_first(shop, sellers["seller"], _ffmpeg)
    written["enterprise"] = await demo_group.fill(shop, written.get("enterprise", {}), item_ids)
    _write(path, written)


async def fill_stock(shop: Shop) -> None:
    """The rest of the stock library; nobody waits for it."""
    row = await shop.sellers.find(ACCOUNTS["seller"][1])
    await demo_stock.fill_rest(shop, Seller(row.id), _ffmpeg)


async def _account(shop: Shop, role: Role, email: str, name: str, known: dict[str, Any]) -> dict[str, Any]:
    password = known.get("password") or secrets.token_urlsafe(12)
    try:
        await shop.accounts.add(role, email, name, password)
    except EmailTaken:
        if not known:  # demo.json was lost: nobody knows the password any more
            await shop.accounts.set_password(role, email, password)
    return {**known, "email": email, "password": password}


async def _token(shop: Shop, seller_id: int, known: str | None) -> str:
    if known:
        try:
            await shop.tokens.check(known)
            return known
        except NotAuthenticated:
            pass
    return (await shop.tokens.issue(seller_id, "demo")).secret


def _write(path: Path, written: dict[str, Any]) -> None:
    passing = path.with_name(".demo.json")
    with open(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(written), indent=2))
    passing.replace(path)


# --- works -----------------------------------------------------------------------------------------------


async def _works(shop: Shop, seller: Seller) -> dict[str, int]:
    """Ids of ready contents by title, made where they are missing."""
    ids = {}
    for work in WORKS:
        found, _ = await shop.contents.page(seller, Filter(search=work.title, take=1))
        ids[work.title] = found[0].id if found else await _upload(shop, seller, work)
    for title, id in ids.items():
        await _wait(shop, seller, title, id)
    return ids


async def _upload(shop: Shop, seller: Seller, work: Work) -> int:
    with TemporaryDirectory(prefix="vitrina-demo-") as folder:
        path = Path(folder) / "work"
        await work.make(path)
        size = path.stat().st_size
        sizes = [min(PIECE, size - start) for start in range(0, size, PIECE)]
        declared = Declared(age_rating=0, author=work.author, pages=1 if work.kind is Kind.DOCUMENT else None)
        new = NewContent(
            title=work.title,
            description=work.description,
            kind=work.kind,
            media_type=work.media_type,
            parts=[Part(index, part) for index, part in enumerate(sizes, 1)],
            declared=declared,
        )
        begun = await shop.uploads.begin(seller, new)
        upload = await shop.uploads.find(seller, begun.uuid)
        with path.open("rb") as file:
            for index, part in enumerate(sizes, 1):
                await shop.uploads.put_part(seller, upload, index, file.read(part))
    return begun.content_id


async def _wait(shop: Shop, seller: Seller, title: str, content_id: int) -> None:
    for _ in range(PATIENCE * 10):
        content = await shop.contents.get(seller, content_id)
        if content.status == ContentStatus.READY:
            return
        if content.status == ContentStatus.FAILED:
            raise DemoNotFilled(f"the demo work «{title}» could not be processed: {content.failure}")
        await asyncio.sleep(0.1)
    raise DemoNotFilled(f"the demo work «{title}» was not processed in {PATIENCE} s; does a worker run?")


async def _ffmpeg(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        await find_ffmpeg(),
        "-nostdin",
        "-loglevel",
        "error",
        "-y",
        *arguments,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode:
        raise DemoNotFilled(f"ffmpeg could not make a demo work: {said.decode(errors='replace')[-500:]}")


async def _film(path: Path) -> None:
    picture = "gradients=size=640x360:rate=12:duration=61:speed=0.02:nb_colors=5:seed=7"
    sound = "sine=frequency=220:duration=61:sample_rate=44100"
    await _ffmpeg(
        *(
            "-f",
            "lavfi",
            "-i",
            picture,
            "-f",
            "lavfi",
            "-i",
            sound,
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
        ),
        *(
            "-pix_fmt",
            "yuv420p",
            "-c:a",
            "aac",
            "-b:a",
            "64k",
            "-movflags",
            "+faststart",
            "-f",
            "mp4",
            str(path),
        ),
    )


async def _song(path: Path) -> None:
    melody = "sin(2*PI*t*220*pow(2,mod(floor(t*2)*5,12)/12))*0.3*exp(-2*mod(t,0.5))"
    sound = f"aevalsrc='{melody}':duration=63:sample_rate=44100"
    await _ffmpeg("-f", "lavfi", "-i", sound, "-c:a", "libmp3lame", "-b:a", "128k", "-f", "mp3", str(path))


async def _book(path: Path) -> None:
    chapters = "\n\n".join(
        f"Глава {number}\n\n" + " ".join([SENTENCE] * 12) + "\n\n" + " ".join([SENTENCE] * 9)
        for number in range(1, 6)
    )
    path.write_text(f"Записки витринных дел мастера\n\n{chapters}\n", encoding="utf-8")


SENTENCE = "Утром мастер протирал стекло, расставлял на полках книги и ждал первого гостя."

WORKS = [
    Work("Цвета в движении", "Минута медленных цветов.", Kind.VIDEO, "video/mp4", "Vitrina", _film),
    Work("Ступени", "Минута спокойной мелодии.", Kind.AUDIO, "audio/mpeg", "Vitrina", _song),
    Work("Записки мастера", "Короткая книга.", Kind.DOCUMENT, "text/plain", "Vitrina", _book),
]


# --- offers ----------------------------------------------------------------------------------------------


def drafts(contents: dict[str, int]) -> list[Draft]:
    """The first seller's offers: one at least in every section."""
    film, song, book = ([CarriedKind(contents[work.title], work.kind)] for work in WORKS)
    return [
        _draft("Цвета в движении: фильм", Section.VIDEO, 70, 199, ["фильм", "цвет"], contents=film),
        _draft("Ступени: музыка", Section.AUDIO, 76, 99, ["музыка"], contents=song, discount=79),
        _draft("Записки мастера: книга", Section.EBOOKS, 11, 149, ["книга", "бизнес"], contents=book),
        _draft("Ступени: аудиокнига", Section.AUDIOBOOKS, 30, 129, ["аудиокнига"], contents=song),
        _draft("Альбом и книга", Section.DIGITAL, 41, 299, ["набор"], contents=film + book),
        _draft("Ключ к игре «Лабиринт»", Section.KEYS, 20, 499, ["игра", "ключ"], keys=_keys("GAME", 25)),
        _draft("Ужин на двоих", Section.COUPONS, 80, 1500, ["купон"], keys=_keys("DINE", 10)),
        _draft(
            "Сертификат на 3000 рублей", Section.CERTIFICATES, 85, 3000, ["подарок"], keys=_keys("GIFT", 10)
        ),
        _draft("Консультация дизайнера", Section.SERVICES, 52, 2500, ["услуга"]),
        _draft("Рисунок на заказ", Section.ON_REQUEST, 55, 4000, ["заказ"]),
    ]


def _keys(prefix: str, count: int) -> list[str]:
    return [f"{prefix}-{number:04}-{secrets.token_hex(4).upper()}" for number in range(1, count + 1)]


def _draft(
    title: str,
    section: Section,
    subcategory: int,
    roubles: int,
    tags: list[str],
    *,
    discount: int = 0,
    keys: list[str] | None = None,
    contents: list[CarriedKind] | None = None,
) -> Draft:
    return Draft(
        title=title,
        description=f"{title}. Товар демонстрационного магазина.",
        tags=tags,
        section=section,
        catalog_path=[subcategory],
        age_rating=0,
        price=roubles * 100,
        discount_price=discount * 100,
        keys=keys,
        contents=contents,
        meta={"key_instruction": "1. Откройте сайт.\n2. Введите ключ."} if keys else None,
        publish=True,
    )


SECOND = _draft("Key to the game “Harbour”", Section.KEYS, 20, 350, ["game"], keys=_keys("HARB", 5))


async def _offer(shop: Shop, seller: Seller, draft: Draft) -> None:
    found, _ = await shop.offers.page(seller, Filter(search=draft.title, take=1))
    if not found:
        await shop.offers.create(seller, draft)


async def _sell_one(shop: Shop, seller: Seller, settings: Settings) -> None:
    """The demo buyer bought a key, so that orders, library and redeemed keys show what they look like."""
    found, _ = await shop.offers.page(seller, Filter(search="Ключ к игре", take=1))
    _, sold = await shop.keys.sold(seller, None, None, None, 0, 1)
    if not found or sold or settings.payments != "test":
        return
    account = await shop.accounts.find("buyers", ACCOUNTS["buyer"][1])
    buyer = Buyer(account.id)
    order = await shop.orders.place(buyer, [Wanted(found[0].offer.id)], None, b"")
    payment = await shop.payments.begin(buyer, order.row.id, settings.address)
    if payment and payment.intent:
        await shop.bank_page.decide(payment.intent, "succeeds")
