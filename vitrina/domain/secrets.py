"""The shop's secret and what hangs on it: token signatures, the seal on keys, fingerprints of keys."""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"


class Seal:
    """Separate keys for separate uses, all derived from one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self.token_key = self._derive(b"tokens")
        self.link_key = self._derive(b"delivery links")
        self.bank_key = self._derive(b"test bank")
        self.payment_key = self._derive(b"idempotence keys")
        self._mail_key = self._derive(b"mail")
        self.reset_key = self._derive(b"password resets")
        self.page_key = self._derive(b"forms of pages")
        self._cipher = AESGCM(self._derive(b"keys at rest"))
        self._fingerprint_key = self._derive(b"key fingerprints")
        self._text_cipher = AESGCM(self._derive(b"texts of people"))

    def _derive(self, use: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"vitrina " + use).derive(self._secret)

    def mail_id(self, what: str) -> str:
        """The same for the same mail, and for no other mail of any shop."""
        return hmac.digest(self._mail_key, what.encode(), hashlib.sha256)[:16].hex()

    def close(self, value: str, place: int) -> bytes:
        """Seal a text to the place (an offer's id) that it belongs to: it cannot be opened elsewhere."""
        nonce = os.urandom(12)
        return _VERSION + nonce + self._cipher.encrypt(nonce, value.encode(), place.to_bytes(8, "big"))

    def open(self, sealed: bytes, place: int) -> str:
        """The text again; raises cryptography's InvalidTag if it was altered or moved."""
        return self._cipher.decrypt(sealed[1:13], sealed[13:], place.to_bytes(8, "big")).decode()

    def close_text(self, text: str, use: str) -> str:
        """Seal a text for one use, which names whose it is; in letters that may travel."""
        nonce = os.urandom(12)
        sealed = _VERSION + nonce + self._text_cipher.encrypt(nonce, text.encode(), use.encode())
        return base64.urlsafe_b64encode(sealed).decode()

    def open_text(self, sealed: str, use: str) -> str:
        """The text again; raises ValueError if it was sealed for another use, or not here."""
        try:
            raw = base64.urlsafe_b64decode(sealed.encode("ascii"))
            return self._text_cipher.decrypt(raw[1:13], raw[13:], use.encode()).decode()
        except InvalidTag:
            raise ValueError("not sealed here for this use") from None

    def fingerprint(self, value: str, place: int) -> bytes:
        """16 bytes that are equal for equal texts of one place and tell nothing without the secret."""
        message = place.to_bytes(8, "big") + value.encode()
        return hmac.digest(self._fingerprint_key, message, hashlib.sha256)[:16]
