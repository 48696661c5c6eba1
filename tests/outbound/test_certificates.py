"""Which certificates an outbound call accepts: those of a trusted authority, for that very name, in force."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import trustme

from sandbox.kernel.ports import OutboundReply, OutboundRequest
from sandbox.outbound.client import AiohttpClient
from sandbox.webhooks.destinations import Reach
from tests.outbound.receiver import Receiver, answering
from tests.outbound.sending import FixedResolver, sent

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def speaking_tls(certificate: trustme.LeafCert):
    """A receiver behind that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    receiver = Receiver([answering(204)])
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0, ssl=context)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


@pytest.fixture(name="authority")
def _authority(tmp_path):
    """An authority, and the file that makes it known."""
    authority = trustme.CA()
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return authority, file


def call(certificate: trustme.LeafCert, *authorities, name: str = "receiver.test") -> OutboundReply:
    async def run() -> OutboundReply:
        async with speaking_tls(certificate) as receiver:
            client = AiohttpClient(
                Reach(loopback=True), authorities=authorities, resolver=FixedResolver("127.0.0.1")
            )
            request = OutboundRequest("POST", f"https://{name}:{receiver.port}/hook", body=b"{}")
            reply = await sent(client, request)
            assert len(receiver.received) == (1 if reply.status else 0)
            return reply

    return asyncio.run(run())


class TestCertificate:
    def test_of_a_trusted_authority_is_accepted(self, authority):
        issuer, file = authority
        assert call(issuer.issue_cert("receiver.test"), file).status == 204

    def test_of_an_unknown_authority_is_refused(self, authority):
        issuer, _ = authority
        reply = call(issuer.issue_cert("receiver.test"))
        assert (reply.status, reply.error) == (0, "tls")

    def test_for_another_name_is_refused(self, authority):
        issuer, file = authority
        reply = call(issuer.issue_cert("other.test"), file)
        assert (reply.status, reply.error) == (0, "tls")

    def test_that_has_expired_is_refused(self, authority):
        issuer, file = authority
        reply = call(issuer.issue_cert("receiver.test", not_before=LONG_AGO, not_after=LONG_AGO), file)
        assert (reply.status, reply.error) == (0, "tls")

    def test_of_one_authority_is_not_good_because_another_is_trusted(self, authority):
        _, file = authority
        reply = call(trustme.CA().issue_cert("receiver.test"), file)
        assert (reply.status, reply.error) == (0, "tls")
