"""What can go wrong, in the shop's own words. The docstring is the message, the class is the code.

Each door turns these into its wire form in its `errors.py`; nothing here knows of HTTP.
"""

import re

import msgspec


class Cause(msgspec.Struct, frozen=True):
    """One reason why an input was refused: the field it stands in, and a sentence."""

    field: str
    reason: str

    @property
    def sentence(self) -> str:
        """The reason, with the field before it unless it is named there."""
        return self.reason if f"parameter {self.field};" in self.reason else f"{self.field}: {self.reason}"


class Problem(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        super().__init__(self.message)

    @property
    def code(self) -> str:
        """The class in snake_case; clients may branch on it."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class NotFound(Problem):
    """There is no such thing, or it is not yours."""


class NotAllowed(Problem):
    """You may not do this."""


class Conflict(Problem):
    """This contradicts the present state."""


class NotAuthenticated(Problem):
    """authorization required"""


class Unavailable(Problem):
    """This cannot be served right now; try again later."""


class StorageUnavailable(Unavailable):
    """The file store does not answer; try again later."""


class SearchUnavailable(Unavailable):
    """The search index is being built; try again in a moment."""


class MediaToolsUnavailable(Unavailable):
    """The shop cannot look into files right now; try again later."""


class TooMany(Problem):
    """Too many requests."""

    def __init__(self, message: str | None = None, *, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Invalid(Problem):
    """The input cannot be used; `causes` names each field and the reason."""

    def __init__(self, *causes: Cause) -> None:
        self.causes = causes
        super().__init__("; ".join(cause.sentence for cause in causes))


def invalid(field: str, reason: str) -> Invalid:
    """An Invalid with one cause."""
    return Invalid(Cause(field, reason))


# --- of single nouns -------------------------------------------------------------------------------------


class SellerNotFound(NotFound):
    """There is no such seller."""


class BuyerNotFound(NotFound):
    """There is no such buyer."""


class SellerShutOut(NotAllowed):
    """The operator of this shop has shut this account; ask them why."""


class OfferNotFound(NotFound):
    """There is no such offer, or it is not yours."""


class ContentNotFound(NotFound):
    """There is no such content, or it is not yours."""


class FileNotFound(NotFound):
    """There is no file at this URI, or it is not yours."""


class UploadNotFound(NotFound):
    """There is no such upload, it has expired, or it is not yours."""


class KeysNotCarried(NotAllowed):
    """Offers of this section carry no keys; keys belong to sections 3, 12 and 13."""


class RightMissing(NotAllowed):
    """The operator of this shop has not granted you this; ask them for it."""


class MemberRightMissing(NotAllowed):
    """An editor of your group has not granted you this; ask them for it."""


class GroupNotFound(NotFound):
    """There is no such group, or it is not yours."""


class MemberNotFound(NotFound):
    """There is no such member, or they are not of your group."""


class LicenceTypeNotFound(NotFound):
    """There is no such licence type, or it is not open to your group."""


class LicenceNotFound(NotFound):
    """There is no such licence, or it is not your group's."""


class InvoiceNotFound(NotFound):
    """There is no such invoice, or it is not your group's."""


class ItemNotFound(NotFound):
    """There is no such item, or it is no longer on sale."""


class SizeNotOpen(NotAllowed):
    """The size or the extended option is not open to this group or this item."""


class BalanceTooLow(Conflict):
    """The prepaid balance does not cover the price; refill it."""


class CartFull(Conflict):
    """The cart holds as much as it can; license what is in it, or take something out."""


class CartChanged(Conflict):
    """The cart or a price changed since this page was opened; nothing was charged. Look it over and press again."""


class AlreadyTransferred(Conflict):
    """One of these licences was passed on before; nothing was passed on now."""


class TransferNotBought(NotAllowed):
    """Licences of this type pass on only with the transfer option, which was not bought."""


class AlreadyInvoiced(Conflict):
    """One of these licences is on an invoice already; no invoice was made."""


class InvoiceClosed(Conflict):
    """The invoice is paid or cancelled already."""


class ApiKeyUnknown(NotAuthenticated):
    """API key is missing or not valid"""


class IdempotencyKeyReused(Conflict):
    """This Idempotency-Key was used with another request; use a new one for a new request."""


class WrongPassword(NotAuthenticated):
    """The e-mail address or the password is wrong."""


class CodeNeeded(NotAuthenticated):
    """This account has a second factor; send the code of its app, too."""


class WrongCode(NotAuthenticated):
    """The code is wrong, or was used before; wait for the next one."""


class ChallengeOver(NotAllowed):
    """This took too long, or the password has changed since; begin anew."""


class SecondFactorMissing(NotAllowed):
    """This shop demands a second factor; log in with a browser and turn it on."""


class PasswordNotOwn(NotAllowed):
    """Somebody else chose this password; choose one that only you know."""


class SecondFactorOn(Conflict):
    """The second factor is on already."""


class PasswordResetNotValid(NotAllowed):
    """This link was used, or its hour is over, or a newer password was set since; ask for a new one."""


class EmailTaken(Conflict):
    """An account with this e-mail address exists already."""


class OrderNotFound(NotFound):
    """There is no such order, or it is not yours."""


class EntitlementNotFound(NotFound):
    """There is no such purchase, or it is not yours."""


class JobNotFound(NotFound):
    """There is no such job."""


class ReviewNotFound(NotFound):
    """There is no such review."""


class PaymentNotFound(NotFound):
    """There is no such payment."""


class NotOnSale(Conflict):
    """An offer of this order is not on sale."""


class SoldOut(Conflict):
    """There are not enough keys on the shelf; nothing was reserved."""


class OrderClosed(Conflict):
    """The order does not wait for a payment any more."""


class OrderNotPaid(Conflict):
    """This needs a paid order."""


class AccessEnded(NotAllowed):
    """The order was refunded, so what it brought is closed."""


class LinkNotValid(NotAllowed):
    """This link is not one of this shop's, or its time is over; ask for a new one."""


class CallbackNotGenuine(NotAllowed):
    """This message was not signed by the payment provider."""


class AmountDiffers(Conflict):
    """The provider speaks of another amount than was to be paid."""


class PaymentsUnavailable(Unavailable):
    """The payment provider does not answer; nothing was paid, try again."""


class PaymentsNotSetUp(Unavailable):
    """This shop takes no payments yet: its operator has to set VITRINA_PAYMENTS."""
