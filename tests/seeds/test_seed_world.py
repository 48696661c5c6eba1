"""The frame of the seed world."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from faker import Faker

from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document, Kinds
from sandbox.kernel.workspaces import World
from sandbox.seeds import DEFAULT_SEED, PROFILES, SeedWorld, anchor_of, build_world
from sandbox.seeds.draws import SeededFaker, Voice, collection_seed
from sandbox.seeds.snapshot import TAPE, dump_tape, load_tape, record
from sandbox.seeds.world import seed_layer

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def new_world(profile: str = "standard", **other: object) -> SeedWorld:
    return SeedWorld(profile, DEFAULT_SEED, MONDAY, 1, **other)  # type: ignore[arg-type]


class TestAnchor:
    def test_is_monday_midnight_of_the_current_week(self) -> None:
        assert anchor_of("", datetime(2026, 3, 8, 23, 59, tzinfo=UTC)) == MONDAY
        assert anchor_of("", datetime(2026, 3, 2, 0, 0, tzinfo=UTC)) == MONDAY

    def test_an_explicit_one_wins(self) -> None:
        assert anchor_of("2025-04-22T00:00:00Z", MONDAY) == datetime(2025, 4, 22, tzinfo=UTC)


class TestTimes:
    def test_offsets_count_from_the_anchor(self) -> None:
        assert new_world().at(days=1, hours=2, minutes=30) == "2026-03-03T02:30:00.000Z"

    def test_a_zone_means_its_wall_clock(self) -> None:
        assert new_world().at(days=7, hours=10, zone="Europe/Warsaw") == "2026-03-09T09:00:00.000Z"

    def test_a_wall_time_skipped_by_dst_moves_forward_by_the_gap(self) -> None:
        assert (
            new_world().at(days=27, hours=2, minutes=30, zone="Europe/Warsaw") == "2026-03-29T01:30:00.000Z"
        )

    def test_an_ambiguous_wall_time_is_its_first_occurrence(self) -> None:
        world = SeedWorld("standard", 1, datetime(2026, 10, 25, tzinfo=UTC), 1)
        assert world.at(hours=2, minutes=30, zone="Europe/Warsaw") == "2026-10-25T00:30:00.000Z"


class TestFrame:
    def test_fixture_identifiers_are_readable(self) -> None:
        assert new_world().id("c1", 7) == "c1000000-0000-4000-8000-000000000007"

    def test_bulk_exists_in_standard_and_load_only(self) -> None:
        assert [new_world(profile).bulk(5) for profile in PROFILES] == [0, 0, 5, 5]

    def test_an_unknown_profile_is_named_with_the_known_ones(self) -> None:
        with pytest.raises(ValueError, match=r"'huge'.*empty, minimal, standard, load"):
            new_world("huge")

    def test_a_fixture_name_belongs_to_one_document(self) -> None:
        world = new_world()
        world.fixture("location.warsaw", "location", world.id("c1", 1))
        with pytest.raises(ValueError, match=r"location\.warsaw"):
            world.fixture("location.warsaw", "location", world.id("c1", 2))

    def test_two_worlds_from_the_same_arguments_are_equal(self) -> None:
        one, other = build_world("standard", anchor=MONDAY), build_world("standard", anchor=MONDAY)
        assert one.documents == other.documents
        assert one.fixtures == other.fixtures

    def test_every_document_is_filed_under_its_own_id(self) -> None:
        for rows in build_world("standard", anchor=MONDAY).documents.values():
            assert all(document["id"] == key for key, document in rows.items())


class TestDraws:
    def test_collections_do_not_shift_each_other(self) -> None:
        quiet, busy = new_world(), new_world()
        busy.faker("events").name()
        assert quiet.faker("people").name() == busy.faker("people").name()

    def test_chance_does_not_shift_text(self) -> None:
        quiet, busy = new_world(), new_world()
        busy.faker("people").random_int(1, 6)
        assert quiet.faker("people").name() == busy.faker("people").name()

    def test_a_localized_person_keeps_one_locale(self) -> None:
        assert {new_world().faker("people").in_locale("ja_JP").locale} == {"ja_JP"}
        faker = new_world().faker("people")
        assert len({faker.localized().locale for _ in range(200)}) > 5

    def test_a_tape_that_fits_answers_without_faker(self) -> None:
        said = Voice(1, tape=[("en_GB name()", "On Tape")]).say(("en_GB", "name", (), {}))
        assert said == "On Tape"

    def test_leaving_the_tape_gives_what_faker_alone_would_have_given(self) -> None:
        recorded: list[tuple[str, object]] = []
        alone = SeededFaker(Voice(1, record=recorded), 1)
        expected = [alone.name(), alone.company(), alone.unique.city(), alone.name()]
        taped = SeededFaker(Voice(1, tape=recorded[:2]), 1)
        assert expected == [taped.name(), taped.company(), taped.unique.city(), taped.name()]

    def test_the_seed_of_a_collection_is_stable(self) -> None:
        assert collection_seed(DEFAULT_SEED, "people") == 3047636819931940810


class TestTape:
    def test_is_what_faker_says_today(self) -> None:
        assert (TAPE.read_text(encoding="utf-8") if TAPE.exists() else "{}\n") == dump_tape(record()), (
            "make seeds"
        )

    def test_the_default_world_is_built_without_importing_faker(self) -> None:
        program = (
            "import sys; from datetime import datetime, UTC; from sandbox.seeds import build_world;"
            "build_world('standard', anchor=datetime(2026, 3, 2, tzinfo=UTC)); print('faker' in sys.modules)"
        )
        answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert answer.stdout.strip() == "False"

    def test_survives_being_written_and_read(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        path = tmp_path_factory.mktemp("tape") / "tape.json"
        recorded = {"people": [("en_GB name()", "Zoë"), ("en_GB company()", "A"), ("en_GB name()", "B")]}
        path.write_text(dump_tape(recorded), encoding="utf-8")
        assert load_tape(path) == recorded


class TestDefaultWorld:
    """What the rooms put together."""

    PROGRAM = (
        "from datetime import datetime, UTC; from sandbox.seeds import build_world;"
        "from sandbox.kernel.layers import content_hash;"
        "w = build_world('standard', anchor=datetime(2026, 3, 2, tzinfo=UTC));"
        "print(content_hash((k, i, d) for k, rows in w.documents.items() for i, d in rows.items()))"
    )

    def test_is_the_same_bytes_in_every_process(self) -> None:
        hashes = set()
        for hash_seed in ("0", "1", "random"):
            environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
            command = [sys.executable, "-c", self.PROGRAM]
            answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            hashes.add(answer.stdout)
        assert len(hashes) == 1

    def test_goes_with_who_uses_it_and_takes_faker_along(self) -> None:
        gc.collect()
        gc.freeze()
        try:
            layer = seed_layer(World(seed=7, anchor=instant(MONDAY)), Kinds())
            assert layer.rows("event")
            gc.disable()
            del layer
            left = Counter(type(each) for each in gc.get_objects())
        finally:
            gc.enable()
            gc.unfreeze()
        assert (0, 0) == (left[Document], left[Faker])

    def test_another_seed_gives_other_people(self) -> None:
        one = build_world("standard", anchor=MONDAY)
        other = build_world("standard", seed=7, anchor=MONDAY)
        assert one.documents["user"].keys() == other.documents["user"].keys()
        assert one.documents["user"] != other.documents["user"]

    def test_another_anchor_moves_times_and_nothing_else(self) -> None:
        """Numbers of the two Mondays differ by a year; what people are called does not."""
        one = build_world("standard", anchor=MONDAY)
        other = build_world("standard", anchor=datetime(2027, 3, 1, tzinfo=UTC))
        names = [[user["displayName"] for user in world.all("user")] for world in (one, other)]
        assert names[0] == names[1]
        assert one.documents.keys() == other.documents.keys()

    @pytest.mark.parametrize("profile", ["minimal", "standard"])
    def test_every_fixture_names_a_document(self, profile: str) -> None:
        world = build_world(profile, anchor=MONDAY)
        computed = {"slot"}
        dangling = [
            name
            for name, fixture in world.fixtures.items()
            if fixture["type"] not in computed
            and fixture["resourceId"] not in world.documents.get(fixture["type"], {})
        ]
        assert dangling == []

    def test_nothing_that_a_fixture_promises_ends_within_its_week(self) -> None:
        agenda = build_world("standard", anchor=MONDAY).documents["agenda"].values()
        due = {entry["job"] for entry in agenda if entry["due"] < instant(MONDAY + timedelta(days=7))}
        assert due == {"booking.complete", "privacy.retention"}

    def test_minimal_holds_fixtures_only_and_standard_adds_to_it(self) -> None:
        minimal, standard = (build_world(profile, anchor=MONDAY) for profile in ("minimal", "standard"))
        assert minimal.fixtures.keys() == standard.fixtures.keys()
        assert all(int(key[-12:]) < 1000 for key in minimal.documents["user"])
        assert len(standard.documents["booking"]) == 400
        assert len(standard.documents["registration"]) == 600

    def test_mail_goes_nowhere_and_telephones_ring_nowhere(self) -> None:
        """Names of RFC 2606, numbers of the ranges kept for fiction."""
        world = build_world("standard", anchor=MONDAY)
        people = [
            *world.all("user"),
            *world.all("customer"),
            *(r["contact"] for r in world.all("registration")),
        ]
        mails = [person["email"] for person in people if person.get("email")]
        phones = [person["phone"] for person in people if person.get("phone")]
        assert all(mail.endswith(("@sandbox.example", "@invalid")) for mail in mails)
        assert all(phone.startswith(("+447700900", "+155501")) for phone in phones)
