"""People: registering, logging in and out."""

from ...store.sellers import Account, Role
from .call import ShopCall, bearer
from .wire import accounts as wire


async def register(call: ShopCall) -> wire.LoggedIn:
    new = await call.json(wire.Registration)
    account = await call.shop.accounts.register(new.email, new.name, new.password, new.language)
    return await _begun(call, "buyers", account)


async def log_in(call: ShopCall) -> wire.LoggedIn:
    given = await call.json(wire.LogIn)
    return await _begun(call, "buyers", await _known(call, "buyers", given))


async def log_in_operator(call: ShopCall) -> wire.LoggedIn:
    given = await call.json(wire.OperatorLogIn)
    account = await _known(call, "operators", given)
    await call.shop.second_factors.check_at_once("operators", account.id, given.code)
    return await _begun(call, "operators", account)


async def _known(call: ShopCall, role: Role, given: wire.LogIn) -> Account:
    return await call.shop.accounts.log_in(role, given.email, given.password, call.client)


async def _begun(call: ShopCall, role: Role, account: Account) -> wire.LoggedIn:
    proved = account.password_hash
    session = await call.shop.sessions.begin(role, account.id, call.client or None, proved)
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
