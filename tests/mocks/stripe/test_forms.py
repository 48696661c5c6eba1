"""The form dialect: brackets to trees and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.stripe.forms import FormFault, flatten, parse_form

KEYS = st.text("abcdefgh_", min_size=1, max_size=8)
TREES = st.recursive(
    st.text(max_size=20).filter(lambda text: text.isprintable()),
    lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=4),
    max_leaves=12,
)


class TestParseForm:
    @pytest.mark.parametrize(
        ("text", "tree"),
        [
            ("", {}),
            ("a=1&b=", {"a": "1", "b": ""}),
            ("a[b][c]=1&a[d]=2", {"a": {"b": {"c": "1"}, "d": "2"}}),
            ("a[]=x&a[]=y", {"a": {"0": "x", "1": "y"}}),
            ("a[0]=x&a[1]=y", {"a": {"0": "x", "1": "y"}}),
            ("a[][n]=1&a[][m]=2&a[][n]=3", {"a": {"0": {"n": "1", "m": "2"}, "1": {"n": "3"}}}),
            ("a%5Bb%5D=%C5%81%2B+1", {"a": {"b": "Ł+ 1"}}),
            ("a", {"a": ""}),
        ],
    )
    def test_brackets_nest(self, text: str, tree: object) -> None:
        assert parse_form(text) == tree

    @pytest.mark.parametrize(
        "text",
        [
            "a=1&a[b]=2",
            "a[b]=1&a=2",
            "a[b=1",
            "[a]=1",
            "a]b[=1",
            "&".join("a" for _ in range(3000)),
            "a" + "[b]" * 40 + "=1",
        ],
        ids=[
            "value, then hash",
            "hash, then value",
            "unclosed",
            "headless",
            "turned",
            "too many",
            "too deep",
        ],
    )
    def test_what_makes_no_sense_is_refused(self, text: str) -> None:
        with pytest.raises(FormFault):
            parse_form(text)

    @settings(deadline=None)
    @given(st.dictionaries(KEYS, TREES, max_size=5))
    def test_what_is_flattened_comes_back(self, tree: dict[str, object]) -> None:
        from urllib.parse import urlencode

        assert parse_form(urlencode(flatten(tree))) == tree
