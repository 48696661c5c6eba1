"""The fixture that most tests of appointments begin with."""

from tests.platform.clinic import _clinic

__all__ = ["_clinic"]
