"""The canonical form against a published implementation and the examples of RFC 8785."""

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from sandbox.webhooks.canonical import canonical

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | names,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


class TestCanonical:
    @given(values)
    def test_agrees_with_the_reference(self, value):
        assert canonical([value]) == rfc8785.dumps([value])

    def test_orders_members_by_utf16_units(self):
        """U+10000 comes before U+E000 in UTF-16 and after it by code point."""
        assert canonical({"\ue000": 1, "\U00010000": 2}) == '{"\U00010000":2,"\ue000":1}'.encode()

    def test_writes_numbers_as_ecmascript(self):
        given_numbers = [
            333333333.33333329,
            1e30,
            4.50,
            2e-3,
            1e-27,
            1e21,
            1e20,
            1e-7,
            0.000001,
            -0.0,
            5e-324,
        ]
        written = (
            b"[333333333.3333333,1e+30,4.5,0.002,1e-27,1e+21,100000000000000000000,1e-7,0.000001,0,5e-324]"
        )
        assert canonical(given_numbers) == written

    def test_a_timestamp_is_no_number(self):
        assert (
            canonical({"b": "2025-04-22T14:30:15.000Z", "a": 1}) == b'{"a":1,"b":"2025-04-22T14:30:15.000Z"}'
        )

    def test_an_integer_beyond_2_to_53_is_written_as_the_double_it_becomes(self):
        assert canonical([2**63]) == b"[9223372036854776000]"
