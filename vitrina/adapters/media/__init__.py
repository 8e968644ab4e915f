"""Media port: what a hostile local file is, and its conversion into what the shop shows, plays and sells."""

from vitrina.adapters.media.child.fb2 import Block, Leaf, Piece
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
    Sheet,
    Sound,
    StockLook,
    StockMade,
    StockWords,
    VideoRendition,
)

__all__ = [
    "AudioRendition",
    "Block",
    "DerivedFile",
    "Leaf",
    "Media",
    "MediaLimits",
    "MediaRefused",
    "MediaUnavailable",
    "Piece",
    "ProcessedAudio",
    "ProcessedDocument",
    "ProcessedVideo",
    "Sheet",
    "Sound",
    "StockLook",
    "StockMade",
    "StockWords",
    "VideoRendition",
]
