"""Jobs and health: what failed is seen with its reason, tried again or given up; what is wrong is named."""

import json

import httpx

from tests.builders import begin, made, new_content, send_part, service_offer, until, word
from tests.conftest import Live
from tests.web.conftest import Desk
from tests.web.desk import ask


def failed_job(live: Live, payload: str) -> int:
    """A job on its last try that the worker cannot do."""
    id: int = ask(
        live,
        "insert into pgqueuer (priority, status, entrypoint, payload, attempts)"
        " values (0, 'queued', 'DrawCover', $1, 5) returning id",
        payload.encode(),
    )
    until(lambda: ask(live, "select status::text from pgqueuer where id = $1", id) == "failed")
    return id


def test_a_failed_job_is_done_again(live: Live, desk: Desk, seller: httpx.Client) -> None:
    """With the exception's words on the page; when its cause is gone, one press does it."""
    offer = made(seller, service_offer())["id"]
    id = failed_job(live, '{"offer_id": "none"}')
    text = desk.open("/desk/jobs")
    assert f"job {id} ·" in text
    assert "ValidationError: Expected `int`, got `str`" in text
    ask(live, "update pgqueuer set payload = $2 where id = $1", id, json.dumps({"offer_id": offer}).encode())
    desk.open("/desk/jobs")
    desk.send("/desk/jobs", retry=id)
    assert "in the queue again" in desk.text
    until(lambda: ask(live, "select count(*) from pgqueuer where id = $1", id) == 0)
    desk.open(f"/desk/log?about=job&id={id}")
    assert "Job tried again" in desk.text
    assert live.demo["operator"]["email"] in desk.text


def test_a_failed_job_is_given_up(live: Live, desk: Desk) -> None:
    """It is gone, and the log knows; a second press is told so."""
    id = failed_job(live, "{}")
    desk.open("/desk/jobs")
    desk.send("/desk/jobs", drop=id)
    assert f"job {id} ·" not in desk.text
    id = failed_job(live, "{}")
    desk.open("/desk/jobs")
    ask(live, "delete from pgqueuer where id = $1", id)
    desk.send("/desk/jobs", status=409, drop=id)
    assert "or was dropped or tried again already" in desk.text


def test_all_failed_jobs_of_a_name_are_done_again(live: Live, desk: Desk) -> None:
    """After an hour without a disk there may be thousands."""
    ids = [failed_job(live, "{}") for _ in range(2)]
    payload = json.dumps({"offer_id": 0}).encode()  # nothing is to be drawn of what is not there
    ask(live, "update pgqueuer set payload = $2 where id = any($1)", ids, payload)
    desk.open("/desk/jobs")
    desk.send("/desk/jobs", retry_all="DrawCover")
    until(lambda: ask(live, "select count(*) from pgqueuer where id = any($1)", ids) == 0)


def test_a_work_that_failed_is_processed_again(live: Live, desk: Desk, seller: httpx.Client) -> None:
    """Of any seller, with the reason that they read in their cabinet."""
    title = word("Не фильм ")
    content, upload = begin(seller, new_content([9], title=title))
    send_part(seller, upload, 1, b"not video").raise_for_status()
    until(lambda: ask(live, "select status from contents where id = $1", content) == 3)
    assert title in desk.open("/desk/jobs?view=works")
    desk.send("/desk/jobs", work=content)
    assert "processed again" in desk.text
    reason = "select count(*) from events where kind = 'content.failed' and subject_id = $1"
    until(lambda: ask(live, reason, content) == 2)
    desk.open("/desk/jobs?view=works")
    desk.send("/desk/jobs", status=409, work=0)


def test_health_names_every_part(desk: Desk) -> None:
    """Database, files, index, mail, disk, workers, queue; and no secret among the settings."""
    text = desk.open("/desk/health")
    for part in (
        *("PostgreSQL", "the store answers", "set VITRINA_MAIL_URL to send it", "are free"),
        *("is at work", "VITRINA_PAYMENTS"),
    ):
        assert part in text, part
    assert "VITRINA_SECRET" not in text


def test_health_knows_the_last_backup(live: Live, desk: Desk) -> None:
    """When it was made; that none ever was, or none for a week, is not fine."""
    ask(live, "delete from backups")
    assert "none was ever made: make one with <code>vitrina backup</code>" in desk.open("/desk/health")
    ask(live, "insert into backups values (now() - interval '8 days', 5000, '1.2.3')")
    assert "more than a week ago: make another" in desk.open("/desk/health")
    ask(live, "insert into backups values (now() - interval '6 days', 5000, '1.2.4')")
    text = desk.open("/desk/health")
    assert "Vitrina 1.2.4, " in text
    assert "more than a week ago" not in text


def test_the_overview_says_what_needs_somebody(live: Live, desk: Desk) -> None:
    """A failed job stands on the first page until somebody has seen to it."""
    id = failed_job(live, "{}")
    text = desk.open("/desk")
    assert "Jobs failed" in text
    assert "Wait to be looked at" in text
    ask(live, "delete from pgqueuer where id = $1", id)


def test_statistics_of_the_whole_shop(desk: Desk) -> None:
    """A period, its figures, and the same days as CSV; nonsense is the last 30 days."""
    for path in ("", "?days=365", "?since=2026-01-01&until=2025-01-01", "?since=x&days=-1"):
        assert "Revenue" in desk.open(f"/desk/statistics{path}")
    desk.open("/desk/statistics.csv?days=7")
    assert desk.last.text.startswith("\ufeffDay,Currency,Orders")
