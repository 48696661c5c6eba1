"""Roles open what they should and nothing of the operator's."""

from __future__ import annotations

from sandbox.identity.roles import ROLE_SCOPES, SCOPES, granted


def test_every_granted_scope_exists():
    assert frozenset().union(*ROLE_SCOPES.values()) <= SCOPES


def test_no_role_operates_the_sandbox_of_others():
    assert not granted(ROLE_SCOPES) & {"sandbox:admin", "sandbox:specialist"}


def test_several_roles_add_up():
    assert granted(["staff", "finance"]) == ROLE_SCOPES["staff"] | ROLE_SCOPES["finance"]


def test_an_unknown_role_grants_nothing():
    assert granted(["wizard"]) == frozenset()
