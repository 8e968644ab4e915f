"""The shop: every capability, built from the adapters it is given."""

from pathlib import Path

from ..adapters.fetch import Fetch
from ..adapters.files import Files
from ..adapters.jobs import JobQueue
from ..adapters.limits import Limits
from ..adapters.mail import Mailer
from ..adapters.media import Media
from ..adapters.papers import Papers as Typesetter
from ..adapters.payments import PaymentProvider
from ..adapters.search import IndexFolder, SearchIndex
from ..store.answers import AnswerStore
from ..store.attention import AttentionStore
from ..store.carts import CartStore
from ..store.catalog import CatalogStore
from ..store.comps import CompStore
from ..store.contents import ContentStore
from ..store.database import Database
from ..store.entitlements import EntitlementStore
from ..store.events import EventStore
from ..store.folders import FolderStore
from ..store.groups import GroupStore, MemberStore
from ..store.invoices import InvoiceStore
from ..store.item_shelf import ItemShelf
from ..store.items import ItemStore
from ..store.keys import KeyStore
from ..store.ledger import LedgerStore
from ..store.licences import LicenceStore, LicenceTypeStore
from ..store.log import LogStore
from ..store.mails import MailStore
from ..store.moderation import ModerationStore
from ..store.offers import OfferStore
from ..store.orders import OrderStore
from ..store.own_accounts import OwnAccountStore
from ..store.password_resets import PasswordResetStore
from ..store.payments import PaymentStore
from ..store.queue import QueueStore
from ..store.reviews import ReviewStore
from ..store.sales import SaleStore
from ..store.search import SearchStore
from ..store.second_factors import SecondFactorStore
from ..store.sellers import AccountStore, SellerStore
from ..store.sessions import SessionStore
from ..store.statistics import StatisticsStore
from ..store.storefront import StorefrontStore
from ..store.tokens import TokenStore
from ..store.totals import TotalsStore
from ..store.transfers import TransferStore
from ..store.turnover import TurnoverStore
from ..store.uploads import UploadStore
from .attention import Attention
from .bank_page import BankPage
from .books import Books
from .carts import Carts
from .catalog import Catalog
from .clock import Clock, system_clock
from .contents import Contents
from .copies import Copies
from .downloads import Downloads
from .events import Events
from .groups import Groups
from .health import Health
from .idempotency import Idempotency
from .intake import Intake
from .invoices import Invoices
from .item_previews import ItemPreviews
from .items import Items
from .keys import Keys
from .ledger import Ledger
from .library import Library
from .licences import Licences, LicenceTypes
from .log import Log
from .looks import Looks
from .mails import Mails
from .members import Members
from .moderation import Moderation
from .offers import Offers
from .orders import Orders
from .own_accounts import OwnAccounts
from .papers import Papers
from .password_resets import PasswordResets
from .payments import Payments
from .pictures import Pictures
from .previews import Previews
from .queue import Queue
from .removals import Removals
from .reviews import Reviews
from .search import Search
from .search_feed import SearchFeed
from .second_factors import SecondFactors
from .secrets import Seal
from .sellers import Accounts, Sellers
from .sessions import Sessions
from .sheets import Sheets
from .statistics import Statistics
from .stock import Stock
from .stock_files import StockFiles
from .stock_folders import StockFolders
from .storefront import Storefront
from .tokens import Tokens
from .totals import Totals
from .transfers import Party, Transfers
from .turnover import ShopTurnover
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
        mailer: Mailer,
        *,
        provider: PaymentProvider | None = None,
        commission: int = 0,
        shop_name: str = "Vitrina",
        address: str = "",
        clock: Clock = system_clock,
        token_days: int = 180,
        upload_days: int = 7,
        second_factor: str = "optional",
        search_folder: Path = Path("search"),
        fetch: Fetch | None = None,
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
        self.mailer = mailer
        log = EventStore(db)
        self.events = events = Events(log, clock)
        self.looks = Looks(db, events)
        self.log = Log(LogStore(db))
        self.queue = Queue(db, QueueStore(db), contents, jobs, events, clock)
        self.accounts = Accounts(db, accounts, sessions, limits, events, clock)
        self.sellers = Sellers(db, sellers, sessions, offers, ItemStore(db), jobs, events, clock)
        self.sessions = Sessions(sessions, clock)
        self.own_accounts = OwnAccounts(db, OwnAccountStore(db), sessions, self.accounts, events)
        self.second_factors = SecondFactors(
            *(db, SecondFactorStore(db), sessions, limits, events, seal, clock, second_factor)
        )
        self.tokens = Tokens(db, tokens, seal, events, clock, token_days)
        self.catalog = Catalog(CatalogStore(db))
        self.keys = Keys(db, keys, offers, sales, seal, events, clock)
        self.contents = Contents(db, contents, uploads, offers, folders, entitlements, jobs, events, clock)
        self.uploads = Uploads(db, uploads, contents, folders, files, jobs, events, clock, upload_days)
        self.previews = Previews(db, contents, uploads, folders, files, media, jobs, events, clock)
        self.removals = Removals(db, files, jobs)
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
        self.attention = Attention(AttentionStore(db), clock)
        self.turnover = ShopTurnover(db, TurnoverStore(db), clock)
        self.totals = Totals(db, TotalsStore(db), clock)
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
            *(
                db,
                payments,
                orders,
                accounts,
                sales,
                self.ledger,
                self.stock,
                events,
                jobs,
                provider,
                clock,
                commission,
            )
        )
        self.mails = Mails(db, MailStore(db), log, orders, accounts, mailer, jobs, seal, address, clock)
        self.password_resets = PasswordResets(
            *(db, PasswordResetStore(db), accounts, self.accounts, self.mails, limits, jobs, events, seal),
            *(address, clock),
        )
        self.bank_page = BankPage(db, self.payments, jobs, clock)
        self.library = Library(db, entitlements, self.downloads, seal, events, clock)
        self.books = Books(self.library, self.storefront, self.downloads, media)
        self.sheets = Sheets(self.library, self.downloads, media)
        self.reviews = Reviews(db, ReviewStore(db), entitlements, self.library, events, clock)
        self.idempotency = Idempotency(db, AnswerStore(db, "seller"), clock)
        self._enterprise(db, clock, sessions, commission, {"company": shop_name})
        self._stock_library(db, folders, contents, media, clock)
        self.moderation = Moderation(
            *(db, ModerationStore(db), offers, ReviewStore(db), self.offers, self.intake, events, clock)
        )
        self._stock_search(db, search_folder, fetch or Fetch(), media, clock)
        self.papers = Papers(
            *(Typesetter(), self.groups, self.licences, self.licence_types, self.transfers, self.items),
            *(self.invoices, seal, self.licensor, address, clock),
        )

    def _enterprise(
        self, db: Database, clock: Clock, sessions: SessionStore, commission: int, licensor: Party
    ) -> None:
        """What working groups license, on what terms, and how they pay."""
        events, licences, types = self.events, LicenceStore(db), LicenceTypeStore(db)
        statistics = StatisticsStore(db)
        self.licensor = licensor
        self.payment_instructions: dict[str, str] = {}
        self.groups = Groups(db, GroupStore(db), self.ledger, events, clock)
        self.members = Members(db, MemberStore(db), sessions, self.accounts, events, clock)
        self.items = Items(ItemStore(db), clock)
        self.licence_types = LicenceTypes(db, types, self.groups, events, clock)
        self.licences = Licences(
            *(db, licences, self.licence_types, self.groups, self.ledger, statistics, self.items.sellable),
            *(events, clock, commission),
        )
        self.transfers = Transfers(db, TransferStore(db), licences, types, statistics, events, clock)
        self.copies = Copies(db, CompStore(db), self.items, self.groups, statistics, events, clock)
        self.statistics = Statistics(statistics)
        self.invoices = Invoices(
            db, InvoiceStore(db), licences, self.groups, self.ledger, events, clock, licensor
        )
        self.group_idempotency = Idempotency(db, AnswerStore(db, "group"), clock)
        self.carts = Carts(
            db,
            CartStore(db),
            self.licence_types,
            self.licences,
            self.groups,
            self.group_idempotency,
            clock,
        )

    def _stock_library(
        self, db: Database, folders: FolderStore, contents: ContentStore, media: Media, clock: Clock
    ) -> None:
        """How works get into the stock library, and their files out of it."""
        items, shelf, jobs = ItemStore(db), ItemShelf(db), JobQueue()
        tools = (self.files, media, jobs, self.events, clock)
        self.intake = Intake(db, shelf, items, contents, folders, *tools)
        self.stock_folders = StockFolders(self.intake, self.items)
        self.item_previews = ItemPreviews(db, shelf, contents, folders, *tools)
        self.stock_files = StockFiles(
            *(db, shelf, items, self.downloads, self.files, media, self.seal, self.licences.holds, clock)
        )

    def _stock_search(self, db: Database, path: Path, fetch: Fetch, media: Media, clock: Clock) -> None:
        """The index of this host: who searches it, and who feeds it."""
        store, folder = SearchStore(db), IndexFolder(path)
        index = SearchIndex(folder)
        self.search = Search(store, index, fetch, media, clock)
        self.health = Health(
            db, self.files, self.search, store, QueueStore(db), self.mailer, path, self.clock
        )
        self.search_feed = SearchFeed(db, store, ItemStore(db), index, folder)

    async def close(self) -> None:
        """Let go of everything."""
        await self.tokens.close()
        await self.totals.close()
        await self.payments.close()
        await self.search.close()
        await self.limits.close()
        await self.files.close()
        await self.db.close()
