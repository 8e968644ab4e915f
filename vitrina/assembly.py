"""Settings → adapters → Shop: what HTTP processes, workers and commands have in common."""

import secrets

from .adapters.files import open_files
from .adapters.limits import open_limits
from .adapters.mail import Mailer, open_mailer
from .adapters.media import Media, MediaLimits
from .adapters.payments import PaymentProvider, TestBank
from .domain.clock import Clock, system_clock
from .domain.secrets import Seal
from .domain.shop import Shop
from .secret_file import find_secret, keep_secret
from .settings import Settings
from .store.database import Database


async def open_shop(
    settings: Settings,
    database_url: str,
    *,
    connections: int = 16,
    clock: Clock = system_clock,
    provider: PaymentProvider | None = None,
    mailer: Mailer | None = None,
) -> Shop:
    """The shop of these settings; `close` it at the end. What is given takes the place of what is set."""
    settings.data.mkdir(parents=True, exist_ok=True)
    database = await Database.open(database_url, most=connections)
    seal = Seal(load_secret(settings))
    return Shop(
        database,
        open_files(settings.files_url, settings.data),
        Media(MediaLimits()),
        open_limits(settings.limits_url, settings.data / "run" / "limits"),
        seal,
        mailer or open_mailer(settings.mail_url, settings.data),
        provider=provider or open_provider(settings, database, seal, clock),
        commission=settings.commission,
        address=settings.address,
        clock=clock,
        token_days=settings.token_days,
        upload_days=settings.upload_days,
        second_factor=settings.second_factor,
        search_folder=settings.data / "search",
    )


def open_provider(
    settings: Settings, database: Database, seal: Seal, clock: Clock = system_clock
) -> PaymentProvider | None:
    """Who moves the money: VITRINA_PAYMENTS."""
    if settings.payments == "test":
        return TestBank(database, seal.bank_key, settings.address, clock)
    if settings.payments == "yookassa":
        assert settings.yookassa_shop_id
        assert settings.yookassa_secret
        from .adapters.payments.yookassa import YooKassa  # its HTTP client takes 3 MB of every process

        return YooKassa(
            settings.yookassa_shop_id,
            settings.yookassa_secret,
            seal.payment_key,
            vat_code=settings.yookassa_vat_code,
            tax_system=settings.yookassa_tax_system,
        )
    return None


def load_secret(settings: Settings) -> str:
    """VITRINA_SECRET, else the one in the data folder, made at the first start."""
    secret = find_secret(settings)
    if secret is None:
        keep_secret(settings, secrets.token_hex(32))
        secret = find_secret(settings)  # perhaps that of another process, which came first
        assert secret is not None
    return secret
