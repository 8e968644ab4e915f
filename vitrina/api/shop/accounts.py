"""People: registering, logging in and out."""

from ...store.sellers import Account, Role
from . import wire
from .call import ShopCall, bearer


async def register(call: ShopCall) -> wire.LoggedIn:
    new = await call.json(wire.Registration)
    account = await call.shop.accounts.register(new.email, new.name, new.password, new.language)
    return await _begun(call, "buyers", account)


async def log_in(call: ShopCall) -> wire.LoggedIn:
    return await _log_in(call, "buyers")


async def log_in_operator(call: ShopCall) -> wire.LoggedIn:
    return await _log_in(call, "operators")


async def _log_in(call: ShopCall, role: Role) -> wire.LoggedIn:
    given = await call.json(wire.LogIn)
    account = await call.shop.accounts.log_in(role, given.email, given.password, call.client)
    return await _begun(call, role, account)


async def _begun(call: ShopCall, role: Role, account: Account) -> wire.LoggedIn:
    session = await call.shop.sessions.begin(role, account.id)
    return wire.LoggedIn(session.secret, session.expires_at, _person(account))


async def log_out(call: ShopCall) -> None:
    await call.shop.sessions.end(bearer(call.request))


async def ask_for_password(call: ShopCall) -> None:
    asked = await call.json(wire.NewPasswordReset)
    await call.shop.password_resets.ask("buyers", asked.email, asked.language, call.client)


async def set_password(call: ShopCall) -> None:
    given = await call.json(wire.NewPassword)
    await call.shop.password_resets.use(given.link, given.password)


async def me(call: ShopCall) -> wire.Person:
    return _person(await call.shop.accounts.get("buyers", call.buyer.id))


def _person(account: Account) -> wire.Person:
    return wire.Person(account.id, account.email, account.name)
