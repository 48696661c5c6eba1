"""Card numbers are recognised, and what only looks a little like one is left alone."""

from typing import Any

import pytest

from sandbox.kernel.errors import RawCardDataForbidden
from sandbox.platform.card_data import refuse_card_numbers


class TestRefuseCardNumbers:
    @pytest.mark.parametrize(
        ("body", "target"),
        [
            ("4242424242424242", "/"),
            ({"note": "card 4242 4242 4242 4242 please"}, "/note"),
            ({"a": [{"b": "3782-822463-10005"}]}, "/a/0/b"),
            ({"metadata": {"6011111111111117": "x"}}, "/metadata"),
        ],
    )
    def test_a_card_number_is_refused_wherever_it_stands(self, body: Any, target: str) -> None:
        with pytest.raises(RawCardDataForbidden) as refused:
            refuse_card_numbers(body)

        assert refused.value.target == target
        assert not any(character.isdigit() for character in str(refused.value))

    @pytest.mark.parametrize(
        "body",
        [
            "b1000000-0000-4000-8000-000000000003",
            "4242424242424241",
            "pi_4242424242424242",
            {"amount": "199.00", "phone": "+48221234567", "count": 4242424242424242},
            "2026-11-21T04:00:00.000Z",
        ],
    )
    def test_other_numbers_pass(self, body: Any) -> None:
        refuse_card_numbers(body)
