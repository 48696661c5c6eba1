"""The outbound client against real sockets."""

import asyncio
import socket
import ssl
import threading

import pytest
import trustme
from aiohttp import connector

from sandbox.kernel.ports import OutboundReply, OutboundRequest
from sandbox.outbound.client import AiohttpClient
from sandbox.outbound.names import OwnThreads
from sandbox.webhooks.destinations import Reach
from tests.outbound.receiver import Answer, answering, listening
from tests.outbound.sending import FixedResolver, sent

LOCAL = Reach(loopback=True)


async def exchange(*answers: Answer, client: AiohttpClient | None = None, **request):
    async with listening(*answers) as receiver:
        client = client or AiohttpClient(LOCAL)
        reply = await sent(client, OutboundRequest("POST", receiver.url(), body=b"{}", **request))
        return reply, receiver.received


class TestSend:
    def test_sends_method_headers_and_exact_body(self):
        headers = {"Content-Type": "application/json", "User-Agent": "EventPlatform-Webhooks/1.0"}
        reply, [received] = asyncio.run(exchange(answering(201, b"fine", X_Seen="yes"), headers=headers))
        assert (reply.status, reply.body, reply.headers["x-seen"]) == (201, b"fine", "yes")
        assert (received.method, received.target, received.body) == ("POST", "/hook", b"{}")
        assert received.headers["user-agent"] == "EventPlatform-Webhooks/1.0"
        assert reply.duration_ms > 0

    def test_follows_no_redirect(self):
        reply, received = asyncio.run(
            exchange(answering(302, Location="http://127.0.0.1:9/"), answering(200))
        )
        assert (reply.status, reply.headers["location"], len(received)) == (302, "http://127.0.0.1:9/", 1)

    def test_cuts_a_huge_answer(self):
        client = AiohttpClient(LOCAL, body_limit=1000)
        reply, _ = asyncio.run(exchange(answering(200, b"x" * 500_000), client=client))
        assert (reply.status, len(reply.body), reply.truncated) == (200, 1000, True)

    def test_an_answer_at_the_limit_is_whole(self):
        client = AiohttpClient(LOCAL, body_limit=1000)
        reply, _ = asyncio.run(exchange(answering(200, b"x" * 1000), client=client))
        assert (len(reply.body), reply.truncated) == (1000, False)

    def test_gives_up_after_the_timeout(self):
        async def silence(writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0.5)

        reply, _ = asyncio.run(exchange(silence, timeout=0.1))
        assert (reply.status, reply.error) == (0, "timeout")
        assert 90 < reply.duration_ms < 450

    def test_a_body_that_drips_counts_against_the_timeout(self):
        async def drip(writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            for _ in range(8):
                writer.write(b"x")
                await asyncio.sleep(0.05)

        reply, _ = asyncio.run(exchange(drip, timeout=0.15))
        assert reply.error == "timeout"

    def test_a_connection_cut_off_is_a_reset(self):
        async def cut(writer: asyncio.StreamWriter) -> None:
            writer.transport.abort()

        reply, _ = asyncio.run(exchange(cut))
        assert (reply.status, reply.error) == (0, "reset")

    def test_nobody_listening_is_a_connect_error(self):
        request = OutboundRequest("POST", "http://127.0.0.1:1/")
        assert asyncio.run(sent(AiohttpClient(LOCAL), request)).error == "connect"

    def test_an_unknown_name_is_a_dns_error(self):
        request = OutboundRequest("POST", "https://no-such-host.invalid/")
        assert asyncio.run(sent(AiohttpClient(), request)).error == "dns"

    def test_a_malformed_answer_is_an_error_and_no_exception(self):
        async def garbage(writer: asyncio.StreamWriter) -> None:
            writer.write(b"\x00\x01\x02 what\r\n\r\n")
            await writer.drain()

        reply, _ = asyncio.run(exchange(garbage))
        assert reply.status == 0
        assert reply.error

    @pytest.mark.parametrize(
        "url", ["", "nonsense", "http://[::1/", "http://", "http://a b/", "file:///etc/passwd"]
    )
    def test_a_malformed_url_is_an_error_and_no_exception(self, url):
        reply = asyncio.run(sent(AiohttpClient(LOCAL), OutboundRequest("POST", url)))
        assert reply.status == 0
        assert reply.error

    def test_headers_that_break_the_message_are_an_error_and_no_exception(self):
        reply, received = asyncio.run(exchange(answering(200), headers={"X-A": "1\r\nX-B: 2"}))
        assert (reply.status, received) == (0, [])
        assert reply.error

    @pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "unknown"])
    def test_checks_the_certificate(self, trusted):
        async def run() -> OutboundReply:
            authority = trustme.CA()
            server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("localhost").configure_cert(server_side)

            async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.readuntil(b"\r\n\r\n")
                await answering(200)(writer)
                writer.close()

            server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=server_side)
            port = server.sockets[0].getsockname()[1]
            context = ssl.create_default_context()
            if trusted:
                authority.configure_trust(context)
            client = AiohttpClient(LOCAL, tls=context, resolver=FixedResolver("127.0.0.1"))
            reply = await sent(client, OutboundRequest("GET", f"https://localhost:{port}/"))
            server.close()
            return reply

        reply = asyncio.run(run())
        assert (reply.status, reply.error) == ((200, "") if trusted else (0, "tls"))

    @pytest.mark.parametrize("named", [True, False], ids=["named", "not named"])
    def test_trusts_the_authorities_of_a_file(self, named, tmp_path):
        async def run() -> OutboundReply:
            authority = trustme.CA()
            authority.cert_pem.write_to_path(tmp_path / "ca.pem")
            server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("localhost").configure_cert(server_side)
            async with listening(answering(200), tls=server_side) as receiver:
                url = receiver.url(host="localhost").replace("http:", "https:")
                files = [tmp_path / "ca.pem"] if named else []
                client = AiohttpClient(LOCAL, authorities=files, resolver=FixedResolver("127.0.0.1"))
                return await sent(client, OutboundRequest("GET", url))

        reply = asyncio.run(run())
        assert (reply.status, reply.error) == ((200, "") if named else (0, "tls"))


class TestConnections:
    @pytest.mark.parametrize("share", [0, 0.8], ids=["just now", "a while ago"])
    def test_are_given_up_before_our_own_server_closes_them(self, server, monkeypatch, share):
        """What was idle for most of the time that our server allows is not used again."""
        state, now = server.listener.server_state, connector.monotonic()
        idle = share * server.listener.config.timeout_keep_alive

        async def run() -> set[object]:
            client, ping = AiohttpClient(LOCAL), OutboundRequest("GET", f"{server.url}/health/live")
            monkeypatch.setattr(connector, "monotonic", lambda: now)
            try:
                assert (await client.send(ping)).status == 200
                before = set(state.connections)
                monkeypatch.setattr(connector, "monotonic", lambda: now + idle)
                assert (await client.send(ping)).status == 200
                return set(state.connections) - before
            finally:
                await client.close()

        assert len(asyncio.run(run())) == (1 if idle else 0)


class TestTurns:
    def test_waiting_for_a_turn_does_not_count_against_the_receiver(self):
        async def slow(writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0.05)
            await answering(200)(writer)

        async def run() -> list[OutboundReply]:
            async with listening(slow) as receiver:
                client = AiohttpClient(LOCAL, per_host=2)
                request = OutboundRequest("POST", receiver.url(), timeout=0.2)
                replies = await asyncio.gather(*(client.send(request) for _ in range(12)))
                await client.close()
                return replies

        replies = asyncio.run(run())
        assert [reply.status for reply in replies] == [200] * 12
        assert all(reply.duration_ms < 200 for reply in replies)

    def test_a_slow_host_does_not_hold_up_another(self):
        async def never(writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(1)

        async def run() -> OutboundReply:
            async with listening(never) as stuck, listening(answering(200)) as quick:
                client = AiohttpClient(LOCAL, per_host=1)
                waiting = [
                    asyncio.ensure_future(client.send(OutboundRequest("POST", stuck.url(), timeout=0.4)))
                    for _ in range(3)
                ]
                await asyncio.sleep(0.05)
                reply = await client.send(OutboundRequest("POST", quick.url(), timeout=0.2))
                for task in waiting:
                    task.cancel()
                await asyncio.gather(*waiting, return_exceptions=True)
                await client.close()
                return reply

        assert asyncio.run(run()).status == 200


class TestGuard:
    @pytest.mark.parametrize(
        "host",
        ["127.0.0.1", "[::1]", "169.254.169.254", "10.0.0.1", "[::ffff:127.0.0.1]", "127.1", "2130706433"],
    )
    def test_refuses_a_literal_address(self, host):
        reply = asyncio.run(sent(AiohttpClient(), OutboundRequest("GET", f"http://{host}:9/")))
        assert (reply.status, reply.error) == (0, "denied")

    @pytest.mark.parametrize(
        "addresses",
        [("127.0.0.1",), ("169.254.169.254",), ("93.184.216.34", "127.0.0.1"), ("93.184.216.34", "::1")],
        ids=["loopback", "metadata", "one-of-two", "one-of-two-v6"],
    )
    def test_refuses_a_name_of_which_one_address_is_denied(self, addresses):
        client = AiohttpClient(resolver=FixedResolver(*addresses))
        reply = asyncio.run(sent(client, OutboundRequest("GET", "http://rebind.example:9/")))
        assert (reply.status, reply.error) == (0, "denied")

    def test_local_mode_admits_loopback_and_no_other_private_network(self):
        client = AiohttpClient(LOCAL, resolver=FixedResolver("192.168.1.1"))
        assert asyncio.run(sent(client, OutboundRequest("GET", "http://nas.example/"))).error == "denied"
        assert asyncio.run(exchange(answering(200)))[0].status == 200

    def test_private_networks_can_be_admitted_but_not_metadata(self):
        client = AiohttpClient(Reach(private=True), resolver=FixedResolver("169.254.169.254"))
        assert asyncio.run(sent(client, OutboundRequest("GET", "http://metadata.example/"))).error == "denied"
        assert AiohttpClient(Reach(private=True)).refusal("http://receiver:8000/hook") == ""

    def test_own_address_may_live_in_a_private_network(self):
        async def run() -> OutboundReply:
            async with listening(answering(200)) as receiver:
                own = f"http://sandbox.test:{receiver.port}"
                client = AiohttpClient(Reach(own=own), resolver=FixedResolver("127.0.0.1"))
                return await sent(client, OutboundRequest("GET", f"{own}/mocks/stripe"))

        assert asyncio.run(run()).status == 200

    def test_another_port_of_the_own_host_is_refused(self):
        async def run() -> OutboundReply:
            async with listening(answering(200)) as receiver:
                client = AiohttpClient(
                    Reach(own="http://sandbox.test:1"), resolver=FixedResolver("127.0.0.1")
                )
                return await sent(client, OutboundRequest("GET", f"http://sandbox.test:{receiver.port}/"))

        assert asyncio.run(run()).error == "denied"

    def test_ignores_a_proxy_named_by_the_environment(self, monkeypatch):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        assert asyncio.run(exchange(answering(204)))[0].status == 204


class TestNames:
    def test_one_that_is_set_aside_is_not_looked_up(self) -> None:
        async def ask() -> OutboundReply:
            client = AiohttpClient(LOCAL)
            try:
                return await client.send(OutboundRequest("POST", "https://partner.sandbox.example/hook"))
            finally:
                await client.close()

        reply = asyncio.run(asyncio.wait_for(ask(), 2))
        assert (reply.status, reply.error) == (0, "dns")

    def test_ones_without_answer_take_no_thread_from_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer.wait(20) or [])

        async def crowd() -> str:
            resolver = OwnThreads()
            asked = [asyncio.create_task(resolver.resolve(f"slow{n}.sandbox", 443)) for n in range(40)]
            await asyncio.sleep(0)
            done = await asyncio.wait_for(asyncio.to_thread(lambda: "others go on"), 5)
            answer.set()
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
            await resolver.close()
            return done

        assert asyncio.run(crowd()) == "others go on"
