"""loginEnterprise, logout, renewSession."""

from typing import Any

from .ask import Ask

Answer = dict[str, Any]


async def log_in(ask: Ask) -> Answer:
    login, password = ask.must_text("dp_login_user"), ask.must_text("dp_login_password")
    session, member = await ask.shop.members.log_in(ask.key, login, password, ask.client)
    return {"apiKey": ask.api_key, "sessionid": session, "userid": str(member.id)}


async def log_out(ask: Ask) -> Answer:
    await ask.shop.members.log_out(ask.session)
    return {"apiKey": ask.api_key}


async def renew(ask: Ask) -> Answer:
    session = await ask.shop.members.renew(ask.key, ask.member, ask.session)
    return {"apiKey": ask.api_key, "data": {"sessionid": session, "userid": ask.member.id}}
