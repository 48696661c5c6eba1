"""Ready-made faults, by the name of what they imitate."""

from __future__ import annotations

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    "flaky-503": {
        "description": "Every call fails twice with 503 and Retry-After 2 before it succeeds.",
        "faults": [
            {
                "action": {
                    "type": "respond",
                    "errorCode": "SERVICE_UNAVAILABLE",
                    "headers": {"Retry-After": "2"},
                },
                "sequence": ["503", "503", "ok"],
            }
        ],
    },
    "slow-1500ms": {
        "description": "Every call takes a second and a half longer.",
        "faults": [{"action": {"type": "delay", "fixedMs": 1500}}],
    },
    "timeout-30s": {
        "description": "Slot searches and new bookings are answered after 30 seconds.",
        "faults": [
            {
                "match": {"operationIds": ["searchSlots", "createBooking"]},
                "action": {"type": "delay", "fixedMs": 30000},
            }
        ],
    },
    "rate-limited": {
        "description": "Every call is refused with 429.",
        "faults": [
            {
                "action": {
                    "type": "respond",
                    "errorCode": "RATE_LIMIT_EXCEEDED",
                    "headers": {"Retry-After": "5"},
                }
            }
        ],
    },
    "double-booking-race": {
        "description": "Somebody else is always faster: new bookings lose the race for their slot.",
        "faults": [
            {
                "match": {"operationIds": ["createBooking"]},
                "action": {"type": "respond", "errorCode": "SLOT_ALREADY_BOOKED"},
            }
        ],
    },
    "payment-processor-down": {
        "description": "The payment provider answers 503.",
        "faults": [{"match": {"provider": "stripe"}, "action": {"type": "respond", "status": 503}}],
    },
    "auth-outage": {
        "description": "No token is issued.",
        "faults": [
            {
                "match": {"operationIds": ["issueToken"]},
                "action": {
                    "type": "respond",
                    "errorCode": "SERVICE_UNAVAILABLE",
                    "headers": {"Retry-After": "10"},
                },
            }
        ],
    },
    "maintenance": {
        "description": "Every call is answered with MAINTENANCE_MODE.",
        "faults": [
            {"action": {"type": "respond", "errorCode": "MAINTENANCE_MODE", "headers": {"Retry-After": "60"}}}
        ],
    },
    "webhooks-down": {
        "description": "No webhook arrives: every one is lost on its way.",
        "faults": [{"action": {"type": "drop_webhook"}}],
    },
    "webhooks-duplicated": {
        "description": "Every webhook arrives twice, under the same id.",
        "faults": [{"action": {"type": "duplicate_webhook"}}],
    },
    "webhooks-out-of-order": {
        "description": "Webhooks arrive in threes, the last one first.",
        "faults": [{"action": {"type": "reorder_webhooks", "batch": 3}}],
    },
    "webhooks-early": {
        "description": "Webhooks arrive before the call that caused them is answered.",
        "faults": [{"action": {"type": "early_webhook"}}],
    },
    "webhooks-unreliable": {
        "description": "One webhook in ten is lost, doubled, late, badly signed, or signed for long ago.",
        "faults": [
            {"action": {"type": "drop_webhook"}, "probability": 0.1},
            {"action": {"type": "duplicate_webhook"}, "probability": 0.1},
            {"action": {"type": "delay_webhook", "delaySeconds": 5, "jitterSeconds": 55}, "probability": 0.1},
            {"action": {"type": "corrupt_signature"}, "probability": 0.1},
            {"action": {"type": "stale_timestamp"}, "probability": 0.1},
        ],
    },
    "lost-response": {
        "description": "Writes happen, but their answer is replaced by 504.",
        "faults": [
            {
                "match": {"methods": ["POST", "PUT", "PATCH", "DELETE"]},
                "action": {"type": "respond", "errorCode": "UPSTREAM_TIMEOUT"},
                "phase": "after",
            }
        ],
    },
}
