"""The shop: every capability, built from the adapters it is given."""

from ..adapters.files import Files
from ..adapters.jobs import JobQueue
from ..adapters.limits import Limits
from ..adapters.media import Media
from ..store.answers import AnswerStore
from ..store.catalog import CatalogStore
from ..store.contents import ContentStore
from ..store.database import Database
from ..store.folders import FolderStore
from ..store.keys import KeyStore
from ..store.offers import OfferStore
from ..store.sellers import AccountStore, SellerStore
from ..store.tokens import TokenStore
from ..store.uploads import UploadStore
from .catalog import Catalog
from .clock import Clock, system_clock
from .contents import Contents
from .downloads import Downloads
from .idempotency import Idempotency
from .keys import Keys
from .offers import Offers
from .pictures import Pictures
from .previews import Previews
from .secrets import Seal
from .sellers import Accounts, Sellers
from .tokens import Tokens
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
        clock: Clock = system_clock,
        token_days: int = 180,
        upload_days: int = 7,
    ) -> None:
        jobs = JobQueue()
        accounts, sellers, tokens = AccountStore(db), SellerStore(db), TokenStore(db)
        offers, keys, contents = OfferStore(db), KeyStore(db), ContentStore(db)
        uploads, folders = UploadStore(db), FolderStore(db)

        self.db = db
        self.files = files
        self.limits = limits
        self.clock = clock
        self.accounts = Accounts(accounts, limits, clock)
        self.sellers = Sellers(sellers)
        self.tokens = Tokens(tokens, seal, clock, token_days)
        self.catalog = Catalog(CatalogStore(db))
        self.keys = Keys(db, keys, offers, seal, clock)
        self.contents = Contents(db, contents, uploads, offers, folders, jobs, clock)
        self.uploads = Uploads(db, uploads, contents, folders, files, jobs, clock, upload_days)
        self.previews = Previews(db, contents, uploads, folders, files, media, clock)
        self.pictures = Pictures(db, files, media, folders, offers, jobs, clock)
        self.downloads = Downloads(folders, contents, files)
        self.offers = Offers(
            db, offers, keys, folders, self.catalog, self.contents, self.keys, self.pictures, jobs, clock
        )
        self.idempotency = Idempotency(db, AnswerStore(db), clock)

    async def remove_folders(self, paths: list[str]) -> None:
        """Remove folders of the file store that nothing refers to any more; safe to run twice."""
        for path in paths:
            await self.files.remove_folder(path)

    async def close(self) -> None:
        """Let go of everything."""
        await self.limits.close()
        await self.files.close()
        await self.db.close()
