"""What an attempt is signed with: both secrets while they overlap, and the time of the clock asked for."""

from datetime import timedelta

import pytest

from sandbox.webhooks import subscriptions
from sandbox.webhooks.signing import secret_from
from sandbox.webhooks.verification import verify
from tests.webhooks.conftest import SECRET, START


class TestRotation:
    def test_both_secrets_sign_until_the_overlap_ends(self, world):
        webhook = world.subscribe(ordering="none")
        new = secret_from(b"n" * 32)
        with world.workspace.transaction() as tx:
            subscriptions.keep_secret(tx, webhook["id"], new, tx.now() + timedelta(hours=24))
        for expected in (2, 1):
            world.emit()
            world.advance(hours=24)
            assert len(world.http.sent[-1].headers["webhook-signature"].split(" ")) == expected
        headers = {name.lower(): value for name, value in world.http.sent[-1].headers.items()}
        now = int(headers["webhook-timestamp"])
        assert verify(new, headers, world.http.sent[-1].body, now)["valid"]
        assert not verify(SECRET, headers, world.http.sent[-1].body, now)["valid"]


class TestSignatureClock:
    @pytest.mark.parametrize(
        ("clock", "expected"), [("workspace", int(START.timestamp())), ("wall", 1_000_000)]
    )
    def test_signs_the_time_asked_for(self, world, clock, expected):
        world.workspace.wall = lambda: 1_000_000.9
        world.subscribe(signatureClock=clock)
        world.emit()
        world.advance(seconds=0)
        assert world.http.sent[0].headers["webhook-timestamp"] == str(expected)
