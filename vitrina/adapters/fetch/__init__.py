"""Fetch port: files at addresses that strangers name."""

from vitrina.adapters.fetch.public import Fetch, FetchRefused

__all__ = ["Fetch", "FetchRefused"]
