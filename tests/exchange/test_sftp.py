"""Batch files over a real SFTP connection: in by a client of its own, out by the rules of the API."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import asyncssh
import pytest

from tests.conftest import KEYS, Api, Server

KEY = KEYS["partner-demo"]
CONTACT = "clientRef,eventId,contact.name,contact.email"
ITEM = "items.0.ticketTypeId,items.0.quantity,items.0.attendees.0.name,items.0.attendees.0.email"
COLUMNS = f"{CONTACT},{ITEM}"
Work = Callable[[asyncssh.SFTPClient], Awaitable[Any]]


@pytest.fixture(scope="module", name="house")
def _house() -> Iterator[Server]:
    server = Server(sftp_port=0)
    server.start()
    yield server
    server.stop()


@pytest.fixture(name="api")
def _api(house: Server, request: pytest.FixtureRequest) -> Iterator[Api]:
    workspaces = house.sandbox.workspaces
    fork = workspaces.fork("ws_default", workspaces.new_workspace_id(request.node.nodeid))
    with Api(house, fork.id, {"X-API-Key": KEY}) as client:
        yield client
    workspaces.delete(fork.id)


def over_sftp(api: Api, work: Work, user: str = "", password: str = KEY) -> Any:
    """Do something over a connection of its own."""

    async def visit() -> Any:
        async with (
            asyncssh.connect(
                "127.0.0.1",
                api.server.sandbox.sftp.get_port(),
                username=user or api.workspace_id,
                password=password,
                known_hosts=None,
                client_keys=None,
                config=None,
            ) as connection,
            connection.start_sftp_client() as client,
        ):
            return await work(client)

    return asyncio.run(visit())


def put(api: Api, name: str, content: str | bytes) -> None:
    async def work(client: asyncssh.SFTPClient) -> None:
        async with client.open(f"in/{name}", "wb") as file:
            await file.write(content if isinstance(content, bytes) else content.encode())

    over_sftp(api, work)


def listing(api: Api) -> dict[str, list[str]]:
    async def work(client: asyncssh.SFTPClient) -> dict[str, list[str]]:
        folders = sorted(await client.listdir("."))
        found = {folder: await client.listdir(folder) for folder in folders if folder[0] != "."}
        return {folder: sorted(name for name in names if name[0] != ".") for folder, names in found.items()}

    found: dict[str, list[str]] = over_sftp(api, work)
    return found


def get(api: Api, path: str) -> str:
    async def work(client: asyncssh.SFTPClient) -> str:
        async with client.open(path, "rb") as file:
            content: bytes = await file.read()
        return content.decode()

    text: str = over_sftp(api, work)
    return text


def rows(api: Api, *numbers: int) -> str:
    event = api.fixture("event.free_meetup")
    kind = api.get(f"/api/v1/events/{event}/ticket-types").json()["data"][0]["id"]
    lines = [
        f"row-{n},{event},Guest {n},guest{n}@sandbox.example,{kind},1,Guest {n},guest{n}@sandbox.example"
        for n in numbers
    ]
    return "\r\n".join([COLUMNS, *lines]) + "\r\n"


class TestLogin:
    def test_three_folders_and_nothing_else(self, api: Api) -> None:
        assert listing(api) == {"archive": [], "in": [], "out": []}

    def test_a_client_logs_in_with_its_secret(self, api: Api) -> None:
        user = f"partner-demo@{api.workspace_id}"
        found = over_sftp(api, lambda client: client.listdir("."), user, "partner-demo-secret")
        assert {"in", "out"} <= set(found)

    @pytest.mark.parametrize("password", ["", "sk_sandbox_wrong", "sk_sandbox_expired"])
    def test_a_bad_key_is_refused(self, api: Api, password: str) -> None:
        with pytest.raises(asyncssh.PermissionDenied):
            over_sftp(api, lambda client: client.listdir("."), password=password)

    def test_an_unknown_workspace_is_refused(self, api: Api) -> None:
        with pytest.raises(asyncssh.PermissionDenied):
            over_sftp(api, lambda client: client.listdir("."), user="ws_" + "f" * 24)

    def test_the_host_key_is_the_same_after_a_restart(self) -> None:
        from sandbox.exchange.sftp import host_key

        first, again, other = host_key("one"), host_key("one"), host_key("two")
        assert first.get_fingerprint() == again.get_fingerprint() != other.get_fingerprint()


class TestFiles:
    def test_a_table_goes_in_and_its_results_come_out(self, api: Api) -> None:
        text = rows(api, 1, 2) + "row-3,nothing,,,,,,\r\n"
        put(api, "registrations-november.csv", text)
        api.advance("PT5S")
        assert listing(api) == {
            "archive": ["registrations-november.csv"],
            "in": [],
            "out": ["registrations-november.results.csv"],
        }
        found = list(csv.DictReader(io.StringIO(get(api, "out/registrations-november.results.csv"))))
        assert [each["status"] for each in found] == ["succeeded", "succeeded", "failed"]
        assert found[2]["error.code"] == "VALIDATION_ERROR"
        made = api.get(f"/api/v1/registrations/{found[0]['resourceId']}").json()
        assert made["contact"]["email"] == "guest1@sandbox.example"
        assert get(api, "archive/registrations-november.csv") == text

    def test_it_is_a_job_like_any_other(self, api: Api) -> None:
        put(api, "check-ins.json", json.dumps([{"ticketCode": "VALIDTICKET23456"}]))
        api.advance("PT1S")
        [job, *_] = api.get("/api/v1/batch-jobs").json()["data"]
        assert (job["type"], job["progress"]["total"]) == ("check_ins", 1)

    def test_json_lines_answer_in_json_lines(self, api: Api) -> None:
        put(api, "check_ins.jsonl", '{"ticketCode": "NOSUCH"}\n\n{"ticketCode": "USEDTICKET234567"}\n')
        api.advance("PT1S")
        found = [json.loads(line) for line in get(api, "out/check_ins.results.jsonl").splitlines()]
        assert [each["error"]["code"] for each in found] == ["TICKET_INVALID", "ALREADY_CHECKED_IN"]

    def test_a_name_can_say_all_or_nothing(self, api: Api) -> None:
        put(api, "registrations.all_or_nothing.csv", rows(api, 1) + "row-2,nothing,,,,,,\r\n")
        api.advance("PT1S")
        text = get(api, "out/registrations.all_or_nothing.results.csv")
        assert [each["status"] for each in csv.DictReader(io.StringIO(text))] == ["skipped", "failed"]

    def test_bookings_as_a_table(self, api: Api) -> None:
        booking = api.fixture("booking.pending_manual")
        put(
            api,
            "bookings.csv",
            f"op,bookingId,body.reason,body.override\r\ncancel,{booking},closed,false\r\n",
        )
        api.advance("PT1S")
        assert "succeeded" in get(api, "out/bookings.results.csv")
        assert api.get(f"/api/v1/bookings/{booking}").json()["status"] == "cancelled"

    def test_an_export_asked_for_by_file(self, api: Api) -> None:
        put(api, "export-events.json", json.dumps({"resource": "events", "format": "csv"}))
        api.advance("PT1S")
        assert listing(api)["out"] == ["export-events.csv"]
        assert get(api, "out/export-events.csv").startswith("id,")
        api.advance("P1D")
        assert listing(api)["out"] == []

    def test_an_export_asked_for_over_http_lies_there_as_well(self, api: Api) -> None:
        api.post("/api/v1/batch/exports", json={"resource": "events", "format": "jsonl"})
        api.advance("PT1S")
        [name] = listing(api)["out"]
        assert name.startswith("events-2026-11-18-")

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("holiday.csv", "a\r\n1\r\n", "VALIDATION_ERROR"),
            ("registrations.json", "{", "MALFORMED_JSON"),
            ("registrations.json", '{"items": []}', "VALIDATION_ERROR"),
            ("registrations.csv", "a,a\r\n1,2\r\n", "VALIDATION_ERROR"),
            ("registrations.csv", b"a\r\n\xff\r\n", "VALIDATION_ERROR"),
            ("check-ins.json", json.dumps([{}] * 1001), "BATCH_TOO_LARGE"),
        ],
    )
    def test_what_cannot_be_read_says_why(self, api: Api, name: str, content: str | bytes, code: str) -> None:
        put(api, name, content)
        stem = name.rpartition(".")[0]
        assert listing(api) == {"archive": [name], "in": [], "out": [f"{stem}.error.json"]}
        error = json.loads(get(api, f"out/{stem}.error.json"))["error"]
        assert error["code"] == code
        assert len(error["correlationId"]) == 36

    def test_the_same_file_again_books_nothing_twice(self, api: Api) -> None:
        for _ in range(2):
            put(api, "registrations.csv", rows(api, 7))
            api.advance("PT1S")
        jobs = [j for j in api.get("/api/v1/batch-jobs").json()["data"] if j["createdAt"] > "2026-11-18T08"]
        assert len(jobs) == 1
        assert "succeeded" in get(api, "out/registrations.results.csv")

    def test_a_partial_file_waits_for_its_name(self, api: Api) -> None:
        put(api, "check-ins.jsonl.part", '{"ticketCode": "NOSUCH"}\n')
        api.advance("PT1S")
        assert listing(api) == {"archive": [], "in": ["check-ins.jsonl.part"], "out": []}
        over_sftp(api, lambda client: client.rename("in/check-ins.jsonl.part", "in/check-ins.jsonl"))
        api.advance("PT1S")
        assert listing(api)["out"] == ["check-ins.results.jsonl"]

    def test_what_was_fetched_can_be_removed(self, api: Api) -> None:
        put(api, "check-ins.jsonl", '{"ticketCode": "NOSUCH"}\n')
        api.advance("PT1S")
        over_sftp(api, lambda client: client.remove("out/check-ins.results.jsonl"))
        assert listing(api) == {"archive": ["check-ins.jsonl"], "in": [], "out": []}
        over_sftp(api, lambda client: client.remove("archive/check-ins.jsonl"))
        assert listing(api) == {"archive": [], "in": [], "out": []}

    def test_who_is_erased_is_no_longer_in_the_files(self, api: Api) -> None:
        person = {"givenName": "Marinella", "familyName": "Quastelberg", "email": "marinella@sandbox.example"}
        made = api.post("/api/v1/customers", json=person).json()
        put(api, "check-ins.csv", f"clientRef,ticketCode\r\n{person['email']},NOSUCH\r\n")
        api.advance("PT1S")
        paths = ("archive/check-ins.csv", "out/check-ins.results.csv")
        assert all(person["email"] in get(api, path) for path in paths)
        subject = {"type": "customer", "id": made["id"]}
        request = api.post("/api/v1/privacy/requests", json={"type": "erasure", "subject": subject}).json()
        api.post(f"/api/v1/privacy/requests/{request['id']}/verify", json={"code": "123456"})
        api.advance("P1D")
        assert api.get(f"/api/v1/privacy/requests/{request['id']}").json()["status"] == "completed"
        assert not any(person["email"] in get(api, path) for path in paths)


class TestWalls:
    @pytest.mark.parametrize(
        "path", ["/etc/passwd", "../../etc/passwd", "in/../../etc/passwd", "out/none.csv"]
    )
    def test_nothing_else_can_be_read(self, api: Api, path: str) -> None:
        with pytest.raises(asyncssh.SFTPError):
            get(api, path)

    def test_files_go_into_the_inbox_only(self, api: Api) -> None:
        async def work(client: asyncssh.SFTPClient) -> None:
            await client.open("out/x.csv", "wb")

        with pytest.raises(asyncssh.SFTPPermissionDenied):
            over_sftp(api, work)

    @pytest.mark.parametrize("verb", ["mkdir", "rmdir"])
    def test_folders_are_as_they_are(self, api: Api, verb: str) -> None:
        with pytest.raises(asyncssh.SFTPError):
            over_sftp(api, lambda client: getattr(client, verb)("in/new"))

    def test_links_cannot_be_made(self, api: Api) -> None:
        with pytest.raises(asyncssh.SFTPError):
            over_sftp(api, lambda client: client.symlink("/etc/passwd", "in/x"))

    def test_there_is_no_shell(self, api: Api) -> None:
        async def visit() -> None:
            async with asyncssh.connect(
                "127.0.0.1", api.server.sandbox.sftp.get_port(), username="x", password=KEY,
                known_hosts=None, client_keys=None, config=None,
            ) as connection:  # fmt: skip
                await connection.run("id", check=True)

        with pytest.raises((asyncssh.Error, asyncssh.ProcessError)):
            asyncio.run(visit())

    def test_another_partner_sees_none_of_it(self, api: Api) -> None:
        put(api, "check-ins.jsonl", '{"ticketCode": "NOSUCH"}\n')
        found = over_sftp(
            api,
            lambda client: client.listdir("in"),
            f"partner-other@{api.workspace_id}",
            "partner-other-secret",
        )
        assert [name for name in found if name[0] != "."] == []

    def test_a_file_being_worked_on_stays(self, api: Api) -> None:
        api.control.put("/sandbox/v1/clock", json={"mode": "frozen"})
        put(api, "check-ins.json", json.dumps([{"ticketCode": "X"}] * 120))
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            over_sftp(api, lambda client: client.remove("in/check-ins.json"))
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            put(api, "check-ins.json", "[]")
        api.advance("PT5S")
        assert listing(api)["in"] == []
