"""Random requests at every door: whatever comes, the answer is no 5xx, and the server stays as it was."""

from random import Random
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error

from tests.hostile.conftest import Besieged
from tests.hostile.doors import DOORS, Door, served_description, targets
from tests.hostile.oddities import Odd, odd_requests
from tests.hostile.wire import send

# Requests at each door, by hypothesis and by schemathesis: in `make test`, and in full.
BY_HYPOTHESIS = {
    "seller": (600, 4_000),
    "shop": (300, 2_000),
    "pages": (200, 1_000),
    "enterprise": (200, 1_000),
    "static": (100, 400),
    "operations": (60, 200),
}
BY_SCHEMATHESIS = {"seller": (12, 130), "shop": (8, 80)}  # of each operation

CONFIG = schemathesis.Config.from_dict(
    {"seed": 2026, "generation": {"mode": "all", "deterministic": True, "with-security-parameters": False}}
)
UNHURRIED: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}


@pytest.fixture(autouse=True)
def unharmed(besieged: Besieged) -> Any:
    """After every test the server is ready, none of its processes died, and it logged no mistake of its own."""
    before, complaints = besieged.processes(), len(besieged.complaints())
    yield
    assert httpx.get(f"{besieged.base_url}/readyz", timeout=30).status_code == 200
    assert besieged.processes() == before
    assert besieged.complaints()[complaints:] == []


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_random_requests_meet_no_server_error(besieged: Besieged, door: Door, full: bool) -> None:
    """Wrong methods, bent paths, broken bodies, odd headers: each gets an answer, and none is a 5xx."""
    asked = targets(door, served_description(besieged.base_url, door))

    @settings(max_examples=BY_HYPOTHESIS[door.name][full], phases=[Phase.generate, Phase.shrink], **UNHURRIED)
    @given(odd_requests(asked, besieged.known))
    def attack(odd: Odd) -> None:
        answer = send(besieged.base_url, odd.raw, odd.method)
        assert 200 <= answer.status < 500, (answer.status, odd.raw[:3000], answer.body[:500])

    attack()


@pytest.mark.parametrize("door", [door for door in DOORS if door.description], ids=lambda door: door.name)
def test_described_requests_meet_no_server_error(besieged: Besieged, door: Door, full: bool) -> None:
    """Requests made out of a door's own description, right and wrong ones, never meet a 5xx."""
    description = served_description(besieged.base_url, door)
    assert description
    schema = schemathesis.openapi.from_dict(description, config=CONFIG)
    for found in schema.get_all_operations():

        @settings(max_examples=BY_SCHEMATHESIS[door.name][full], phases=[Phase.generate], **UNHURRIED)
        @given(found.ok().as_strategy(), st.randoms())
        def attack(case: Any, chance: Random) -> None:
            for name in set(case.path_parameters) & set(besieged.known.values):
                if chance.random() < 0.5:
                    case.path_parameters[name] = chance.choice(besieged.known.values[name])
            token = chance.choice(besieged.known.tokens_for(case.path))
            response = case.call(base_url=besieged.base_url, headers={"Authorization": f"Bearer {token}"})
            case.validate_response(response, checks=[not_a_server_error])

        attack()
