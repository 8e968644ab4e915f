"""The caller's group, its members, their rights."""

from typing import Any

from ...domain.access import MemberRight
from ...store.groups import Member
from ...store.statistics import Counts
from .ask import Ask
from .errors import InvalidParam, ValueNotAllowed
from .wire import api_datetime, money

Answer = dict[str, Any]

RIGHTS = {
    "login": MemberRight.LOG_IN,
    "license": MemberRight.LICENSE,
    "compDownloads": MemberRight.TEST_COPIES,
    "edit": MemberRight.EDIT_GROUP,
}
_WORDS = {right: word for word, right in RIGHTS.items()}
# Our word for a field of a profile, by that of updateEnterpriseUser.
_PROFILE = {
    "dp_first_name": "first_name",
    "dp_last_name": "last_name",
    "dp_country": "country",
    "dp_city": "city",
    "dp_state": "state",
    "dp_address": "address",
    "dp_zip": "zip",
    "dp_phone": "phone",
    "dp_occupation": "occupation",
}
_INFO = {"firstName": "first_name", "lastName": "last_name", "phone": "phone", "occupation": "occupation"}


async def get_group(ask: Ask) -> Answer:
    group = await ask.shop.groups.get(ask.member.group_id)
    has = await ask.shop.groups.money(group)
    shown = {
        "groupId": group.id,
        "money": money(has.balance),
        "profileId": group.id,
        "isPostpayment": group.postpaid,
        "balance": money(has.available),
        "vatNumber": group.legal.get("vat"),
        "vatRate": f"{group.vat_rate / 100:g}",
        "vatEnabled": group.vat_enabled,
    }
    return {"data": shown, "group": shown}


async def get_data(ask: Ask) -> Answer:
    member_id = ask.number("dp_user_id", least=1) or ask.member.id
    member = await ask.shop.members.get(ask.member, member_id)
    group = await ask.shop.groups.get(member.group_id)
    created = api_datetime(member.created_at)
    more = {
        "businessPhone": member.profile.get("business_phone"),
        "createdAt": created,
        "equipment": None,
        "facebook": None,
        "google": None,
        "company": group.legal.get("company"),
        "filesAmount": 0,
    }
    return {"data": {"userId": str(member.id), **_person(member), **_business(member), **more}}


def _person(member: Member) -> Answer:
    profile = member.profile
    return {
        "username": member.username,
        "firstName": profile.get("first_name"),
        "lastName": profile.get("last_name"),
        "city": profile.get("city"),
        "avatarBig": None,
        "avatarSmall": None,
        "avatar": None,
        "occupation": profile.get("occupation"),
        "address": profile.get("address"),
        "email": member.email,
        "phone": profile.get("phone"),
        "state": profile.get("state"),
        "zip": profile.get("zip"),
        "registered": str(int(member.created_at.timestamp())),
        "enterpriseLite": {"groupId": member.group_id},
    }


def _business(member: Member) -> Answer:
    profile = member.profile
    return {
        "country": profile.get("country"),
        "businessName": profile.get("business_name"),
        "timezone": profile.get("time_zone"),
        "website": profile.get("website"),
        "industry": profile.get("industry"),
        "biography": profile.get("biography"),
        "vatNumber": profile.get("vat_number"),
    }


def _stats(counts: Counts) -> Answer:
    return {"comps": counts.comps, "licensed": counts.licensed, "transferred": counts.transferred}


async def page(ask: Ask) -> Answer:
    offset, limit = ask.page()
    since, until = ask.span()
    ids = ask.numbers("dp_user_id")
    if ids:
        await ask.shop.members.must_be_of_group(ask.member, ids)
    members, count = await ask.shop.members.page(ask.member, ids, offset, limit)
    shown = [member.id for member in members]
    stats = await ask.shop.statistics.by_member(ask.member, shown, since, until)
    return {
        "data": [
            {
                "userId": member.id,
                **_person(member),
                "enterpriseStats": _stats(stats.get(member.id, Counts())),
                "permissions": _permission_rows(member),
            }
            for member in members
        ],
        "count": count,
    }


def _permission_rows(member: Member) -> list[Answer]:
    rows: list[Answer] = []
    for right in member.rights:
        word = _WORDS[MemberRight(right)]
        if word == "edit":
            rows.append({"resourceType": "enterprise_group", "resourceId": member.group_id, "action": word})
        else:
            rows.append({"resourceType": "enterprise", "action": word})
    return rows


async def register(ask: Ask) -> Answer:
    ask.own_group()
    info = ask.object("dp_user_info") or {}
    if not isinstance(info, dict):
        raise InvalidParam("dp_user_info")
    profile: dict[str, str | None] = {
        _INFO[name]: str(text) for name, text in info.items() if name in _INFO and text not in ("", None)
    }
    username = ask.must_text("dp_regist_user")
    email, password = ask.must_text("dp_regist_email"), ask.must_text("dp_regist_password")
    id = await ask.shop.members.register(ask.member, username, email, password, profile)
    return {"userid": id}


async def update(ask: Ask) -> Answer:
    member_id = ask.must_number("dp_user_id", least=1)
    email = ask.must_text("dp_email")
    # Here an empty text is not the same as none: it clears the field.
    changes = {ours: ask.text(theirs) for theirs, ours in _PROFILE.items() if theirs in ask.values}
    member = await ask.shop.members.update(ask.member, member_id, email, changes)
    stats = await ask.shop.statistics.by_member(ask.member, [member.id], None, None)
    return {
        "id": member.id,
        "userId": member.id,
        **_person(member),
        **_business(member),
        "enterpriseEnabled": MemberRight.LOG_IN in member.rights,
        "enterpriseStats": _stats(stats.get(member.id, Counts())),
    }


async def delete(ask: Ask) -> Answer:
    await ask.shop.members.remove(ask.member, ask.must_number("dp_user_id", least=1))
    return {}


async def set_password(ask: Ask) -> Answer:
    member_id, password = ask.must_number("dp_user_id", least=1), ask.must_text("dp_new_password")
    await ask.shop.members.set_password(ask.member, member_id, password)
    return {}


async def set_permission(ask: Ask) -> Answer:
    member_id, word = ask.must_number("dp_user_id", least=1), ask.must_text("dp_permission")
    on = ask.flag("dp_state")
    if on is None:
        raise InvalidParam("dp_state")
    if word not in RIGHTS:
        raise ValueNotAllowed("dp_permission")
    member = await ask.shop.members.set_right(ask.member, member_id, RIGHTS[word], on)
    permissions: dict[str, list[str]] = {}
    for right in member.rights:
        action = _WORDS[MemberRight(right)]
        resource = f"enterprise_group:{member.group_id}" if action == "edit" else "enterprise"
        permissions.setdefault(resource, []).append(action)
    return {"permissions": permissions}
