"""What the media adapter answers with: problems, limits, and the shape of each conversion's result."""

import os

import msgspec


class MediaRefused(Exception):
    """The file cannot be used. The message is one sentence to the seller: what is wrong and what to do."""


class MediaUnavailable(Exception):
    """Our side failed (disk full, tool missing, child killed from outside); the job may be tried again."""


class MediaLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one untrusted file may cost us. Seconds are wall time, sizes are bytes."""

    seconds: float = 60
    """One look or one picture; also the share of a long conversion that does not depend on duration."""
    document_seconds: float = 300
    conversion_seconds: float = 12 * 3600
    """The longest conversion of sound or film, whatever its duration."""
    pace: float = 30
    """Seconds of conversion allowed for each second of sound or film."""
    memory_bytes: int = 1 << 30
    """Pictures, PDF pages, archives, sound."""
    video_memory_bytes: int = 3 << 30
    """A ladder from 4K takes 1 GB, from 720p 0.25 GB."""
    document_memory_bytes: int = 3 << 30
    """pandoc takes about 180 bytes a byte of text."""
    output_bytes: int = 48 << 30
    """All files of one conversion together, work files included; the whole ladder takes at most 4.5 GB an hour."""
    pixels: int = 100_000_000
    dimension: int = 32_000
    video_pixels: int = 8192 * 4352
    minimum_ms: int = 60_000
    text_bytes: int = 12 << 20
    archive_entries: int = 10_000
    archive_bytes: int = 512 << 20
    """An EPUB's entries, unpacked, together."""
    archive_ratio: int = 100
    pages: int = 20_000
    at_once: int = 4
    """Quick children (looks, pictures, pages) that one process runs side by side; the rest wait."""
    threads: int = min(os.cpu_count() or 1, 8)


class DerivedFile(msgspec.Struct, frozen=True):
    """One file made from the master. The name is relative to the output folder; size in bytes."""

    name: str
    media_type: str
    size: int


class VideoRendition(msgspec.Struct, frozen=True):
    """One rung of the ladder. Bitrate in bit/s, size in bytes, name is that of its playlist."""

    width: int
    height: int
    bitrate: int
    size: int
    name: str


class AudioRendition(msgspec.Struct, frozen=True):
    """One rung of sound. Bitrate in bit/s, size in bytes, name is that of its playlist."""

    bitrate: int
    size: int
    name: str


class ProcessedVideo(msgspec.Struct, frozen=True):
    """A film ready to play. Width and height are the source's as shown; bitrate is the source's, in bit/s."""

    duration_ms: int
    width: int
    height: int
    bitrate: int
    renditions: list[VideoRendition]
    playlist: str
    preview: str
    covers: list[str]
    files: list[DerivedFile]


class ProcessedAudio(msgspec.Struct, frozen=True):
    """Sound ready to play. Covers come from embedded art and may be missing; bitrate is the source's."""

    duration_ms: int
    bitrate: int
    renditions: list[AudioRendition]
    playlist: str
    preview: str
    waveform: str
    picture: str
    covers: list[str]
    files: list[DerivedFile]


class ProcessedDocument(msgspec.Struct, frozen=True):
    """A document ready to read: pages of a PDF, covers of any, and its other forms (FB2, EPUB)."""

    pages: int | None
    covers: list[str]
    files: list[DerivedFile]


class Sheet(msgspec.Struct, frozen=True):
    """A page of a PDF as it is read: its number from 1, a JPEG (empty if it cannot be drawn), the words on it."""

    number: int
    jpeg: bytes
    width: int
    height: int
    text: str


class StockWords(msgspec.Struct, frozen=True, kw_only=True):
    """What a stock work's file says of itself; `taken` is YYYY-MM-DD, `translations` language → texts."""

    title: str = ""
    description: str = ""
    keywords: list[str] = []
    author: str = ""
    taken: str = ""
    translations: dict[str, dict[str, str]] = {}


class Sound(msgspec.Struct, frozen=True):
    """How a sound was recorded: Hz, channels, bit/s."""

    sample_rate: int
    channels: int
    bitrate: int


class StockLook(msgspec.Struct, frozen=True):
    """What a stock work is: sides as shown, 0 of sound; length of film and sound; frames a second of film."""

    media_type: str
    width: int
    height: int
    words: StockWords
    duration_ms: int | None = None
    fps: int | None = None
    sound: Sound | None = None


class StockMade(msgspec.Struct, frozen=True):
    """What was found while the previews were made: colours by number, the most frequent first; 64-bit fingerprint.

    A sound has neither.
    """

    width: int
    height: int
    colors: list[int]
    fingerprint: int | None
    duration_ms: int | None = None
    fps: int | None = None
