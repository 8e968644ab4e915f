"""The caller's group, its members and what they may do."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypedDict, Unpack

import msgspec
from msgspec import field

from .calls import Calls, Moment, ids, moment
from .pages import Page
from .statistics import Counts

MemberRight = Literal["login", "license", "compDownloads", "edit"]


class WorkingGroup(msgspec.Struct, kw_only=True):
    """The group and its money: `balance` is what can be spent, credit included."""

    id: int = field(name="groupId")
    money: Decimal = Decimal(0)
    balance: Decimal = Decimal(0)
    postpaid: bool = field(name="isPostpayment", default=False)
    vat_number: str = field(name="vatNumber", default="")
    vat_rate: Decimal = field(name="vatRate", default=Decimal(0))
    vat_enabled: bool = field(name="vatEnabled", default=False)


class _Permission(msgspec.Struct):
    action: str = ""


class Member(msgspec.Struct, kw_only=True, rename="camel"):
    """A member; `stats` and rights are there in lists."""

    id: int = field(name="userId", default=0)
    username: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    occupation: str = ""
    address: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    registered: datetime | None = None
    stats: Counts = field(name="enterpriseStats", default_factory=Counts)
    permissions: list[_Permission] = []

    @property
    def rights(self) -> list[str]:
        """Out of login, license, compDownloads, edit."""
        return [one.action for one in self.permissions]


class Profile(TypedDict, total=False):
    """What is known of a member; an empty text clears it."""

    first_name: str
    last_name: str
    country: str
    city: str
    state: str
    address: str
    zip: str
    phone: str
    occupation: str


class Members:
    """Manages the group's members; most of it needs the right `edit`. Every method raises CommandRefused."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def group(self) -> WorkingGroup:
        """The group of the caller, with its balance."""
        return self._calls.ask("getUserEnterpriseGroup", _Group).data

    def get(self, member_id: int | None = None) -> Member:
        """A member's profile; the caller's own if none is named."""
        return self._calls.ask("getEnterpriseUserData", _Data, {"dp_user_id": member_id}).data

    def list(
        self,
        member_ids: Iterable[int] | None = None,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        skip: int = 0,
        take: int = 100,
    ) -> Page[Member]:
        """A page of the group's members with their rights; `stats` count from `since` to `until`."""
        values = {
            "dp_user_id": ids(member_ids),
            "dp_date_start": moment(since),
            "dp_date_end": moment(until),
            "dp_offset": skip,
            "dp_limit": take,
        }
        answer = self._calls.ask("getUsersFromGroup", _Members, values)
        return Page(answer.data, answer.count)

    def register(
        self,
        username: str,
        email: str,
        password: str,
        *,
        first_name: str | None = None,
        last_name: str | None = None,
        phone: str | None = None,
        occupation: str | None = None,
    ) -> int:
        """Make a member: the id."""
        info = {"firstName": first_name, "lastName": last_name, "phone": phone, "occupation": occupation}
        values = {
            "dp_regist_user": username,
            "dp_regist_email": email,
            "dp_regist_password": password,
            "dp_user_info": info,
        }
        return self._calls.ask("registerEnterpriseSubaccount", _Registered, values, once=True).userid

    def update(self, member_id: int, email: str, **profile: Unpack[Profile]) -> Member:
        """Set a member's e-mail, and what is named of the profile."""
        values = {"dp_user_id": member_id, "dp_email": email}
        values |= {f"dp_{name}": text for name, text in profile.items()}
        return self._calls.ask("updateEnterpriseUser", Member, values)

    def remove(self, member_id: int) -> None:
        """Remove a member from the group; licences stay."""
        self._calls.ask("deleteEnterpriseUser", dict, {"dp_user_id": member_id}, once=True)

    def set_password(self, member_id: int, password: str) -> None:
        """Set a member's password, which ends their sessions."""
        values = {"dp_user_id": member_id, "dp_new_password": password}
        self._calls.ask("changePasswordEnterpriseUserByAdmin", dict, values)

    def set_right(self, member_id: int, right: MemberRight, on: bool) -> dict[str, Sequence[str]]:
        """Give a right or take it away: the rights after that, by what they are for."""
        values = {"dp_user_id": member_id, "dp_permission": right, "dp_state": on}
        return self._calls.ask("setEnterprisePermissions", _Rights, values).permissions


class _Group(msgspec.Struct):
    data: WorkingGroup


class _Data(msgspec.Struct):
    data: Member


class _Members(msgspec.Struct):
    data: list[Member] = []
    count: int = 0


class _Registered(msgspec.Struct):
    userid: int


class _Rights(msgspec.Struct):
    permissions: dict[str, Sequence[str]] = {}
