"""A listener on this machine that no spelling of its address reaches, and no trick with names."""

import asyncio
import socket

import pytest
from aiohttp.abc import AbstractResolver

from sandbox.kernel.ports import OutboundReply, OutboundRequest
from sandbox.outbound.client import AiohttpClient
from sandbox.webhooks.destinations import Reach, url_refusal
from tests.outbound.receiver import answering, listening
from tests.outbound.sending import FixedResolver, sent

HERE = {
    "plain": "127.0.0.1",
    "short": "127.1",
    "shorter": "127.0.1",
    "another loopback": "127.255.255.254",
    "decimal": "2130706433",
    "hexadecimal": "0x7f000001",
    "octal": "017700000001",
    "dotted octal": "0177.0.0.1",
    "dotted hexadecimal": "0x7f.0x0.0x0.0x1",
    "mixed": "0x7f.0.1",
    "padded": "127.000.000.001",
    "nobody": "0.0.0.0",
    "zero": "0",
    "trailing dot": "127.0.0.1.",
    "name": "localhost",
    "name with a dot": "localhost.",
    "name in capitals": "LOCALHOST",
    "IPv6": "[::1]",
    "IPv6 in full": "[0:0:0:0:0:0:0:1]",
    "IPv6 of nobody": "[::]",
    "mapped": "[::ffff:127.0.0.1]",
    "mapped in hexadecimal": "[::ffff:7f00:1]",
    "compatible": "[::127.0.0.1]",
    "NAT64": "[64:ff9b::127.0.0.1]",
    "NAT64 of one's own": "[64:ff9b:1::7f00:1]",
    "6to4": "[2002:7f00:1::]",
    "enclosed digits": "①②⑦.⓪.⓪.①",
    "full-width digits": "１２７.０.０.１",
    "ideographic full stops": "127。0。0。1",
    "percent": "%31%32%37.0.0.1",
    "credentials": "example.com@127.0.0.1",
    "credentials with a port": "example.com:443@127.0.0.1",
}
ELSEWHERE = {
    "metadata": "169.254.169.254",
    "metadata in decimal": "2852039166",
    "metadata mapped": "[::ffff:169.254.169.254]",
    "metadata of IPv6": "[fd00:ec2::254]",
    "metadata of Azure": "168.63.129.16",
    "private": "10.0.0.1",
    "carrier": "100.64.0.1",
    "link-local": "169.254.1.1",
    "link-local of IPv6": "[fe80::1]",
    "site-local": "[fec0::1]",
    "broadcast": "255.255.255.255",
    "multicast": "224.0.0.1",
}


async def called(host: str, client: AiohttpClient | None = None) -> tuple[OutboundReply, int]:
    """The reply, and how many requests the listener got."""
    async with listening(answering(200)) as receiver:
        request = OutboundRequest("POST", f"http://{host}:{receiver.port}/", body=b"{}", timeout=5)
        reply = await sent(client or AiohttpClient(), request)
        return reply, len(receiver.received)


class Turning(AbstractResolver):
    """Another answer each time it is asked: first a public address, then this machine."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(self, host, port=0, family=socket.AF_INET):
        """The next."""
        self.asked += 1
        address = self.answers[min(self.asked, len(self.answers)) - 1]
        return await FixedResolver(address).resolve(host, port, family)

    async def close(self) -> None:
        """Nothing to release."""


class TestSpelling:
    """The client itself refuses, whoever asks it and whatever was checked before."""

    @pytest.mark.parametrize("host", HERE.values(), ids=HERE.keys())
    def test_of_this_machine_reaches_nobody(self, host):
        reply, received = asyncio.run(called(host))
        assert (reply.status, received) == (0, 0)
        assert reply.error

    @pytest.mark.parametrize("host", ELSEWHERE.values(), ids=ELSEWHERE.keys())
    def test_of_an_inner_network_is_denied_before_a_packet_leaves(self, host):
        reply, _ = asyncio.run(called(host))
        assert (reply.status, reply.error) == (0, "denied")

    @pytest.mark.parametrize("host", [*HERE.values(), *ELSEWHERE.values()])
    def test_is_refused_when_a_subscription_is_made(self, host):
        assert url_refusal(f"https://{host}/hook")

    @pytest.mark.parametrize("host", [host for host in HERE.values() if "::" in host and host != "[::1]"])
    def test_in_disguise_does_not_count_as_loopback_where_that_is_allowed(self, host):
        reply, received = asyncio.run(called(host, AiohttpClient(Reach(loopback=True))))
        assert (reply.status, received) == (0, 0)


class TestNames:
    @pytest.mark.parametrize(
        "address",
        ["127.0.0.1", "0.0.0.0", "::1", "::ffff:127.0.0.1", "169.254.169.254", "64:ff9b::7f00:1", "10.1.2.3"],
    )
    def test_that_lead_inside_are_denied(self, address):
        client = AiohttpClient(resolver=FixedResolver(address))
        reply, received = asyncio.run(called("inside.example", client))
        assert (reply.error, received) == ("denied", 0)

    def test_are_looked_up_once_for_a_call_so_that_a_second_answer_changes_nothing(self):
        resolver = Turning("127.0.0.1", "127.0.0.1")
        reply, received = asyncio.run(
            called("turning.example", AiohttpClient(Reach(loopback=True), resolver=resolver))
        )
        assert (reply.status, received, resolver.asked) == (200, 1, 1)

    def test_that_turn_inwards_are_denied_without_leave(self):
        async def run() -> tuple[str, int]:
            resolver = Turning("127.0.0.1")
            client = AiohttpClient(resolver=resolver)
            async with listening(answering(200)) as receiver:
                request = OutboundRequest("POST", f"http://turning.example:{receiver.port}/")
                reply = await client.send(request)
                await client.close()
                return reply.error, len(receiver.received)

        assert asyncio.run(run()) == ("denied", 0)


class TestRedirect:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_inwards_is_not_followed(self, status):
        async def run() -> tuple[int, int]:
            inside = answering(200)
            async with listening(inside) as inner, listening() as outer:
                outer.answers.append(answering(status, Location=inner.url()))
                client = AiohttpClient(Reach(loopback=True))
                reply = await sent(client, OutboundRequest("POST", outer.url(), body=b"{}"))
                return reply.status, len(inner.received)

        assert asyncio.run(run()) == (status, 0)
