"""Media port: what a hostile local file is, and its conversion into what the shop shows, plays and sells."""

from vitrina.adapters.media.media import Media
from vitrina.adapters.media.results import (
    AudioRendition,
    DerivedFile,
    MediaLimits,
    MediaRefused,
    MediaUnavailable,
    ProcessedAudio,
    ProcessedDocument,
    ProcessedVideo,
    Sound,
    StockLook,
    StockMade,
    StockWords,
    VideoRendition,
)

__all__ = [
    "AudioRendition",
    "DerivedFile",
    "Media",
    "MediaLimits",
    "MediaRefused",
    "MediaUnavailable",
    "ProcessedAudio",
    "ProcessedDocument",
    "ProcessedVideo",
    "Sound",
    "StockLook",
    "StockMade",
    "StockWords",
    "VideoRendition",
]
