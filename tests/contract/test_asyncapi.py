"""The catalogue of events in both documents: valid AsyncAPI, a callback and an example for every event."""

from pathlib import Path

import jsonschema_rs
import orjson
import pytest
import yaml

from sandbox.contract.asyncapi import draft7
from sandbox.contract.document import load
from sandbox.contract.event_catalogue import EVENT_TYPES
from sandbox.contract.schemas import Schemas

SPECIFICATION = Path(__file__).parent / "asyncapi" / "3.0.0.json"
PLATFORM, ASYNCAPI = load("platform"), load("asyncapi")
MESSAGES = {message["name"]: message for message in ASYNCAPI["components"]["messages"].values()}


@pytest.fixture(scope="module", name="contract")
def _contract() -> Schemas:
    return Schemas(PLATFORM)


class TestAsyncapi:
    def test_is_valid(self):
        specification = jsonschema_rs.Draft7Validator(orjson.loads(SPECIFICATION.read_bytes()))
        assert [fault.message for fault in specification.iter_errors(ASYNCAPI)] == []

    def test_has_every_event_as_message_and_operation(self):
        assert list(MESSAGES) == list(EVENT_TYPES)
        assert len(ASYNCAPI["channels"]["deliveries"]["messages"]) == len(EVENT_TYPES)
        delivering = [name for name in ASYNCAPI["operations"] if name.startswith("deliver")]
        assert len(delivering) == len(EVENT_TYPES)

    def test_the_stream_is_where_the_contract_says(self):
        assert ASYNCAPI["channels"]["stream"]["address"] in PLATFORM["paths"]

    def test_every_reference_leads_somewhere(self):
        text = orjson.dumps(ASYNCAPI).decode()
        schemas = ASYNCAPI["components"]["schemas"]
        assert all(
            part.partition('"')[0] in schemas for part in text.split('"$ref":"#/components/schemas/')[1:]
        )

    @pytest.mark.parametrize("name", EVENT_TYPES)
    def test_every_example_meets_its_schema(self, name):
        message = MESSAGES[name]
        whole = {**message["payload"], "components": ASYNCAPI["components"]}
        jsonschema_rs.Draft7Validator(whole).validate(message["examples"][0]["payload"])

    @pytest.mark.parametrize(
        ("schema", "wanted"),
        [
            ({"type": "string", "nullable": True, "example": "x"}, {"type": ["string", "null"]}),
            ({"type": "object", "properties": {"example": {"type": "string"}}},) * 2,
            ({"enum": ["example", None]},) * 2,
            ({"type": "array", "items": {"type": "integer", "nullable": True, "x-own": 1}},
             {"type": "array", "items": {"type": ["integer", "null"]}}),
        ],
    )  # fmt: skip
    def test_schemas_become_draft_7(self, schema, wanted):
        assert draft7(schema) == wanted


class TestCallbacks:
    def test_every_event_is_called_back(self, contract):
        callbacks = PLATFORM["paths"]["/api/v1/webhooks"]["post"]["callbacks"]
        assert list(callbacks) == list(EVENT_TYPES)
        for name, callback in callbacks.items():
            body = callback["{$request.body#/url}"]["post"]["requestBody"]
            schema = body["content"]["application/json"]["schema"]
            assert contract.resolve(schema)["example"]["event"] == name

    @pytest.mark.parametrize("event", EVENT_TYPES.values(), ids=lambda event: event.name)
    def test_every_example_meets_its_schema(self, contract, event):
        schema = contract.components[event.message]
        assert [fault.message for fault in contract.validator(schema).iter_errors(schema["example"])] == []

    def test_another_event_does_not_meet_it(self, contract):
        message = {**contract.components["BookingCreatedMessage"]["example"], "event": "booking.confirmed"}
        assert not contract.validator(contract.components["BookingCreatedMessage"]).is_valid(message)


class TestServed:
    def test_beside_openapi(self, api):
        served = api.anonymous.get("/asyncapi.json")
        assert (served.headers["content-type"], served.json()) == ("application/json", ASYNCAPI)
        assert yaml.load(api.anonymous.get("/asyncapi.yaml").content, yaml.CSafeLoader) == ASYNCAPI
