"""The error tree: one class per code, named after it, with the status of its family."""

import pytest

from sandbox.kernel import errors
from sandbox.kernel.error_families import class_name


class TestTree:
    @pytest.mark.parametrize("code", sorted(errors.BY_CODE))
    def test_a_code_is_importable_by_its_name(self, code: str) -> None:
        assert getattr(errors, class_name(code)) is errors.BY_CODE[code]

    @pytest.mark.parametrize("code", sorted(errors.BY_CODE))
    def test_a_message_is_one_short_sentence(self, code: str) -> None:
        message = errors.BY_CODE[code].message

        assert message.endswith(".")
        assert len(message) <= 70

    def test_every_code_is_there(self) -> None:
        assert 165 == len(errors.BY_CODE)

    def test_a_family_gives_its_status(self) -> None:
        assert 409 == errors.SlotAlreadyBooked.status
        assert issubclass(errors.SlotAlreadyBooked, errors.Conflict)

    def test_a_code_may_stand_apart_from_its_family(self) -> None:
        assert 504 == errors.PartnerTimeout.status


class TestOccurrence:
    def test_it_carries_its_particulars(self) -> None:
        fault = errors.FieldError("required", "/email", "is missing")

        error = errors.ValidationError(details="1 fault", target="/email", errors=[fault], retry_after=5)

        assert (fault,) == error.errors
        assert ("1 fault", "/email", 5) == (error.details, error.target, error.retry_after)

    def test_it_reads_well_in_a_log(self) -> None:
        assert "SLOT_HELD: Somebody else is holding the slot." == str(errors.SlotHeld())

    def test_a_simulated_fault_takes_any_status(self) -> None:
        assert 418 == errors.SimulatedFault(418, details="teapot").status
