"""Members of a working group, who license items while everything breaks, pass licences on and invoice them."""

import secrets
from typing import Any

import httpx

from tests.faults.crowd import Crowd, Person, expect
from tests.faults.record import Licensing

PARTY = {"company": "Harbour Tours"}
AWAY = "EApi\\EInternalError"  # what the enterprise door answers while a part of the shop is away
CLOSED = "m-2015"  # a size that is not open to the group
SIZES = ("s-2015", "xl-2015", CLOSED)
OPTIONS = (0, 1, 3)


class LicensingMember(Person):
    """Licenses with an Idempotency-Key, asks again now and then, and uses what was bought."""

    def __init__(
        self, crowd: Crowd, name: str, key: str, session: str, type_id: int, items: list[int]
    ) -> None:
        super().__init__(crowd, name, headers={"Api-Key": key})
        self._session = session
        self._type_id = type_id
        self._items = items
        self._done: list[Licensing] = []

    def act(self) -> None:
        mine = [one for one in self._done if one.licence_ids]
        acts = (self._license, self._repeat, self._pass_on, self._invoice)
        act = self.chance.choices(acts, (70, 10, 10, 10))[0] if mine else self._license
        act()

    def _license(self) -> None:
        count = self.chance.randint(1, 3)
        wanted = [
            {
                "dp_item_id": [self.chance.choice(self._items)],
                "dp_license_id": self._type_id,
                "dp_option": self.chance.choices(SIZES, (60, 30, 10))[0],
                "dp_ext_options": self.chance.choice(OPTIONS),
            }
            for _ in range(count)
        ]
        one = Licensing(secrets.token_hex(8), wanted)
        self.record.licensings.append(one)
        if (answer := self._buy(one, likely=0.2)) is None:
            return
        one.licence_ids = answer
        self._done.append(one)

    def _repeat(self) -> None:
        """The first answer again, whatever happened in between."""
        one = self.chance.choice(self._done)
        again = self._buy(one)
        assert again == one.licence_ids, f"{one} was answered anew with {again}"

    def _buy(self, one: Licensing, likely: float = 0) -> list[int] | None:
        values = {"dp_licensing": one.wanted, "dp_project": one.key}
        answer = self._call("licenseItem", one.key, likely, **values)
        if answer is None:
            return None
        rows = answer["result"].values()
        return sorted(bought["transactionId"] for row in rows for bought in row.get("transaction", []))

    def _pass_on(self) -> None:
        one = self._chosen()
        licence_id = self.chance.choice(one.licence_ids or [])
        ids = {"dp_item_transaction_id": licence_id, "dp_from": PARTY, "dp_to": PARTY}
        if self._call("transferEnterpriseLicense", likely=0.2, **ids) is not None:
            one.passed_on.add(licence_id)  # by this call, or by one before whose answer was lost

    def _invoice(self) -> None:
        one = self._chosen()
        if (
            self._call("createEnterpriseInvoice", likely=0.2, dp_item_transaction_ids=one.licence_ids)
            is not None
        ):
            one.invoiced = True

    def _chosen(self) -> Licensing:
        return self.chance.choice([one for one in self._done if one.licence_ids])

    def _call(self, command: str, key: str = "", likely: float = 0, **values: Any) -> Any:
        """The answer to a command that must succeed; None if it is never known."""
        body = {"dp_command": command, "dp_session_id": self._session, **values}
        answer = self.may_give_up(likely, "POST", "/", key, json=body)
        if answer is None:
            return None
        told = expect(answer, 200)
        assert told["type"] == "success", f"{command}: {told['error']}"
        return told

    def unsure(self, answer: httpx.Response) -> str:
        """This door's answers all have the status 200."""
        if answer.status_code != 200:
            return super().unsure(answer)
        error = answer.json().get("error", {})
        away = (
            error.get("exception") == AWAY and error["errormsg"] != "internal error"
        )  # a sentence says what is away
        return f"a command: {error['errormsg']}" if away else ""
