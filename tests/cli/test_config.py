"""The table of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.config import TABLE, Settings, WrongSettings, read_settings


class TestReadSettings:
    def test_nothing_given_is_the_defaults(self) -> None:
        assert Settings() == read_settings({})

    def test_the_environment_wins_over_the_default_and_the_argument_over_both(self) -> None:
        settings = read_settings({"SANDBOX_PORT": "9000", "SANDBOX_SEED_PROFILE": "minimal"}, port=9001)
        assert (settings.port, settings.seed_profile) == (9001, "minimal")

    def test_types_follow_the_table(self, tmp_path: Path) -> None:
        environment = {"SANDBOX_DURABLE": "yes", "SANDBOX_DATA_DIR": str(tmp_path), "SANDBOX_SEED": "7"}
        settings = read_settings(environment)
        assert (True, tmp_path, 7) == (settings.durable, settings.data_dir, settings.seed)

    def test_every_fault_is_reported_at_once(self) -> None:
        with pytest.raises(WrongSettings) as caught:
            read_settings({"SANDBOX_PORT": "many", "SANDBOX_STACK": "fast", "SANDBOX_DURABLE": "perhaps"})
        assert [fault.split(" ")[0] for fault in caught.value.faults] == [
            "SANDBOX_PORT",
            "SANDBOX_DURABLE",
            "SANDBOX_STACK",
        ]

    def test_a_reachable_address_needs_an_admin_key(self) -> None:
        with pytest.raises(WrongSettings, match="SANDBOX_ADMIN_KEY"):
            read_settings({}, host="0.0.0.0")
        assert read_settings({"SANDBOX_ADMIN_KEY": "k"}, host="0.0.0.0").base_url == "http://127.0.0.1:8080"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("anchor", "monday"),
            ("anchor", "2026-11-16T00:00:00"),
            ("public_url", "sandbox.example"),
            ("docs_base_url", "ftp://sandbox.example"),
            ("partner_base_url", "http://"),
            ("stripe_url", "http://[::1"),
        ],
    )
    def test_what_has_a_form_of_its_own_is_held_to_it(self, name: str, value: str) -> None:
        with pytest.raises(WrongSettings, match=name):
            read_settings({}, **{name: value})

    def test_an_unknown_setting_is_refused(self) -> None:
        with pytest.raises(WrongSettings, match="colour"):
            read_settings({}, colour="red")

    def test_a_secret_is_never_repeated(self) -> None:
        secrets = {
            "admin_key",
            "signing_secret",
            "smtp_relay",
            "stripe_secret_key",
            "stripe_webhook_secret",
        }
        assert secrets == {row.name for row in TABLE if row.secret}

    def test_a_live_key_of_a_partner_is_refused(self) -> None:
        with pytest.raises(WrongSettings, match="live key"):
            read_settings({"SANDBOX_STRIPE_SECRET_KEY": "sk_live_real"})


class TestTable:
    def test_every_row_explains_itself(self) -> None:
        assert all(row.help and row.environment == f"SANDBOX_{row.name.upper()}" for row in TABLE)
