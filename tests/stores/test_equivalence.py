"""Any sequence of calls has the same outcome on the TinyDB store as on the plain one."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from sandbox.kernel.documents import Document, Store
from sandbox.kernel.layers import SeedLayer
from sandbox.stores.tiny import TinyStore
from tests.stores.reference import PlainStore
from tests.stores.worlds import location, seed_layer

SEED = seed_layer()
SEED_HASH = seed_layer().content_hash()

keys = st.sampled_from([f"l{n}" for n in range(12)] + ["x", "y"])
cities = st.sampled_from(["Warsaw", "Cracow", "Lodz", None])
times = st.one_of(st.none(), st.integers(0, 5))
tags = st.lists(st.sampled_from("abc"), max_size=3)
documents = st.builds(
    lambda key, city, at, tag, code: location(key, city=city, createdAt=at, tags=tag, address={"zip": code}),
    keys,
    cities,
    times,
    tags,
    st.sampled_from("01"),
)
wanted = st.fixed_dictionaries(
    {},
    optional={
        "city": st.one_of(cities, st.lists(cities, max_size=2)),
        "tags": st.one_of(st.sampled_from("abc"), st.lists(st.sampled_from("abc"), max_size=2)),
        "address.zip": st.sampled_from("01"),
        "createdAt": st.integers(0, 5),
        "id": st.one_of(keys, st.lists(keys, max_size=3)),
    },
)
orders = st.sampled_from(["id", "-id", "createdAt", "-createdAt", "name"])
texts = st.sampled_from(["clinic", "L1", "W", "arsaw", "l1\x1f", "1w", "\x1f", "none", "", "o"])

Pair = tuple[Store, Store]


class Stores(RuleBasedStateMachine):
    pairs: Bundle[Pair] = Bundle("pairs")

    @initialize(target=pairs)
    def begin(self) -> Pair:
        return TinyStore(SEED), PlainStore(SEED)

    @rule(pair=pairs, document=documents)
    def put(self, pair: Pair, document: Document) -> None:
        assert pair[0].put("location", document) is pair[1].put("location", document)

    @rule(pair=pairs, key=keys)
    def remove(self, pair: Pair, key: str) -> None:
        assert pair[0].remove("location", key) is pair[1].remove("location", key)

    @rule(pair=pairs, key=keys)
    def put_the_seed_back(self, pair: Pair, key: str) -> None:
        original = SEED.get("location", key)
        if original is not None:
            assert pair[0].put("location", original) is pair[1].put("location", original)

    @rule(
        pair=pairs,
        where=wanted,
        order=orders,
        offset=st.integers(0, 4),
        limit=st.one_of(st.none(), st.integers(0, 5)),
    )
    def find(self, pair: Pair, where: dict[str, Any], order: str, offset: int, limit: int | None) -> None:
        tiny, plain = (store.find("location", where, order, offset, limit) for store in pair)
        assert tiny == plain
        assert pair[0].count("location", where) == pair[1].count("location", where)

    @rule(pair=pairs, text=texts)
    def look_for_text(self, pair: Pair, text: str) -> None:
        tiny, plain = (store.containing("location", ("name", "city"), text) for store in pair)
        assert set(tiny) == plain

    @rule(pair=pairs, key=keys)
    def get(self, pair: Pair, key: str) -> None:
        assert pair[0].get("location", key) is pair[1].get("location", key)

    @rule(target=pairs, pair=pairs)
    def fork(self, pair: Pair) -> Pair:
        return pair[0].fork(), pair[1].fork()

    @rule(pair=pairs)
    def compare(self, pair: Pair) -> None:
        tiny, plain = ({change[1]: change[2] for change in store.changes()} for store in pair)
        assert tiny == plain
        assert pair[0].kinds() == pair[1].kinds()

    def teardown(self) -> None:
        assert SeedLayer({"location": SEED.rows("location")}, SEED.kinds).content_hash() == SEED_HASH


TestEquivalence = Stores.TestCase
TestEquivalence.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
