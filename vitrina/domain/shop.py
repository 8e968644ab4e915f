"""The shop: every capability, built from the adapters it is given."""

from ..adapters.files import Files
from ..adapters.jobs import JobQueue
from ..adapters.limits import Limits
from ..adapters.media import Media
from ..adapters.payments import PaymentProvider
from ..store.answers import AnswerStore
from ..store.catalog import CatalogStore
from ..store.contents import ContentStore
from ..store.database import Database
from ..store.entitlements import EntitlementStore
from ..store.events import EventStore
from ..store.folders import FolderStore
from ..store.keys import KeyStore
from ..store.ledger import LedgerStore
from ..store.offers import OfferStore
from ..store.orders import OrderStore
from ..store.payments import PaymentStore
from ..store.sales import SaleStore
from ..store.sellers import AccountStore, SellerStore
from ..store.sessions import SessionStore
from ..store.storefront import StorefrontStore
from ..store.tokens import TokenStore
from ..store.totals import TotalsStore
from ..store.uploads import UploadStore
from .bank_page import BankPage
from .catalog import Catalog
from .clock import Clock, system_clock
from .contents import Contents
from .downloads import Downloads
from .events import Events
from .idempotency import Idempotency
from .keys import Keys
from .ledger import Ledger
from .library import Library
from .offers import Offers
from .orders import Orders
from .payments import Payments
from .pictures import Pictures
from .previews import Previews
from .secrets import Seal
from .sellers import Accounts, Sellers
from .sessions import Sessions
from .stock import Stock
from .storefront import Storefront
from .tokens import Tokens
from .totals import Totals
from .uploads import Uploads


class Shop:
    """One object for each noun; doors, pages, jobs and commands call nothing else."""

    def __init__(
        self,
        db: Database,
        files: Files,
        media: Media,
        limits: Limits,
        seal: Seal,
        *,
        provider: PaymentProvider | None = None,
        commission: int = 0,
        clock: Clock = system_clock,
        token_days: int = 180,
        upload_days: int = 7,
    ) -> None:
        jobs = JobQueue()
        accounts, sellers, tokens = AccountStore(db), SellerStore(db), TokenStore(db)
        offers, keys, contents = OfferStore(db), KeyStore(db), ContentStore(db)
        uploads, folders, entitlements = UploadStore(db), FolderStore(db), EntitlementStore(db)
        orders, payments, sales = OrderStore(db), PaymentStore(db), SaleStore(db)
        sessions = SessionStore(db)

        self.db = db
        self.files = files
        self.limits = limits
        self.seal = seal
        self.clock = clock
        self.events = events = Events(EventStore(db), clock)
        self.accounts = Accounts(db, accounts, sessions, limits, events, clock)
        self.sellers = Sellers(db, sellers, events)
        self.sessions = Sessions(sessions, clock)
        self.tokens = Tokens(db, tokens, seal, events, clock, token_days)
        self.catalog = Catalog(CatalogStore(db))
        self.keys = Keys(db, keys, offers, sales, seal, events, clock)
        self.contents = Contents(db, contents, uploads, offers, folders, entitlements, jobs, events, clock)
        self.uploads = Uploads(db, uploads, contents, folders, files, jobs, events, clock, upload_days)
        self.previews = Previews(db, contents, uploads, folders, files, media, events, clock)
        self.pictures = Pictures(db, files, media, folders, offers, jobs, clock)
        self.downloads = Downloads(folders, contents, files)
        self.offers = Offers(
            db,
            offers,
            keys,
            folders,
            self.catalog,
            self.contents,
            self.keys,
            self.pictures,
            jobs,
            events,
            clock,
        )
        self.totals = Totals(TotalsStore(db), clock)
        self.storefront = Storefront(StorefrontStore(db), self.downloads, self.totals)
        self.ledger = Ledger(LedgerStore(db), clock)
        self.stock = Stock(db, offers, sales, clock)
        self.orders = Orders(
            *(
                db,
                orders,
                sales,
                payments,
                entitlements,
                accounts,
                self.ledger,
                self.stock,
                events,
                jobs,
                clock,
            )
        )
        self.payments = Payments(
            *(db, payments, orders, sales, self.ledger, self.stock, events, jobs, provider, clock, commission)
        )
        self.bank_page = BankPage(db, self.payments, jobs, clock)
        self.library = Library(db, entitlements, self.downloads, seal, events, clock)
        self.idempotency = Idempotency(db, AnswerStore(db), clock)

    async def remove_folders(self, paths: list[str]) -> None:
        """Remove folders of the file store that nothing refers to any more; safe to run twice."""
        for path in paths:
            await self.files.remove_folder(path)

    async def close(self) -> None:
        """Let go of everything."""
        await self.totals.close()
        await self.limits.close()
        await self.files.close()
        await self.db.close()
