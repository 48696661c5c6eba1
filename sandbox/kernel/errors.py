"""The error tree: code and status on the class, rendered once, in one format, at the gateway.

DomainError
├── BadRequest 400      ├── Conflict 409              ├── PreconditionRequired 428
├── Unauthorized 401    ├── Gone 410                  ├── TooManyRequests 429
├── PaymentRequired 402 ├── PreconditionFailed 412    ├── InternalError 500
├── Forbidden 403       ├── PayloadTooLarge 413       ├── BadGateway 502
├── NotFound 404        ├── UnsupportedMediaType 415  ├── ServiceUnavailable 503
└── RequestTimeout 408  └── Unprocessable 422         └── GatewayTimeout 504

Each code of the catalogue is one class below its family: `SLOT_UNAVAILABLE` is `SlotUnavailable`.
"""

from sandbox.kernel.error_catalogue import *  # noqa: F403 - this module is the catalogue's public face
from sandbox.kernel.error_catalogue import CATALOGUE
from sandbox.kernel.error_families import *  # noqa: F403
from sandbox.kernel.error_families import DomainError

BY_CODE: dict[str, type[DomainError]] = {error.code: error for error in CATALOGUE}
"""Every error by its code."""
