"""The jobs of the shop: what is done later, on any worker. `worker.py` maps each to its action."""

from ..adapters.jobs import Job


class MakePreviews(Job, frozen=True):
    """Check a received master file and make everything that is derived from it."""

    content_id: int


class DeriveItem(Job, frozen=True):
    """Make the previews of a stock item and what search finds it by; then it is on sale."""

    item_id: int


class DrawCover(Job, frozen=True):
    """Draw a stand-in cover for an offer that has none."""

    offer_id: int


class FollowSeller(Job, frozen=True):
    """Let what a seller has on sale follow whether they are shut out."""

    seller_id: int


class RemoveFolders(Job, frozen=True):
    """Remove folders of the file store that nothing refers to any more."""

    paths: list[str]


class RefundPayment(Job, frozen=True):
    """Have the provider give the money of a payment back."""

    payment_id: int


class TellPerson(Job, frozen=True):
    """Write to somebody what happened to their order, their account or their offer."""

    event_id: int


class MailPasswordReset(Job, frozen=True):
    """Mail the link to a new password to whoever has the address."""

    reset_id: str


class TellOfTestPayment(Job, frozen=True):
    """Bring a callback of the test bank to the shop, as its network would."""

    body: str
    signature: str
