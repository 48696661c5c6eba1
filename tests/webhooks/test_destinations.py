"""Every known way to spell an address that a server must not call on behalf of a user."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.webhooks.destinations import Reach, address_denied, is_own_inspector, url_refusal

LOCAL = Reach(loopback=True)
PRIVATE_NETWORKS = Reach(private=True)
SPECIAL_TEXT = """
127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1
169.254.169.254 168.63.129.16 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.7 224.0.0.1
239.255.255.255 240.0.0.1 255.255.255.255 192.88.99.1 ::1 :: ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1
::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::169.254.169.254
64:ff9b:1::1 2002:7f00:1:: 2001::1 2002:a9fe:a9fe::1 fe80::1 fe80::1%eth0 2606:4700::1111%1 fec0::1 fc00::1
fd00:ec2::254 ff02::1 100::1 2001:db8::1 3fff::1 5f00::1
"""
SPECIAL = SPECIAL_TEXT.split()
PUBLIC = ["8.8.8.8", "93.184.216.34", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::200e"]

REFUSED_URLS = {
    "loopback": "https://127.0.0.1/",
    "loopback by name": "https://localhost/",
    "loopback by name with a dot": "https://localhost./",
    "loopback by sub-name": "https://foo.localhost/",
    "short form": "https://127.1/",
    "decimal": "https://2130706433/",
    "octal": "https://0177.0.0.1/",
    "octal decimal": "https://017700000001/",
    "hexadecimal": "https://0x7f000001/",
    "dotted hexadecimal": "https://0x7f.0x0.0x0.0x1/",
    "mixed": "https://0x7f.1/",
    "trailing dot": "https://127.0.0.1./",
    "metadata": "https://169.254.169.254/latest/meta-data/",
    "metadata by name": "https://metadata.google.internal/",
    "IPv6 loopback": "https://[::1]/",
    "IPv6 unspecified": "https://[::]/",
    "IPv4-mapped": "https://[::ffff:127.0.0.1]/",
    "IPv4-mapped hexadecimal": "https://[::ffff:a9fe:a9fe]/",
    "IPv4-compatible": "https://[::127.0.0.1]/",
    "NAT64": "https://[64:ff9b::7f00:1]/",
    "6to4": "https://[2002:7f00:1::]/",
    "Teredo": "https://[2001::1]/",
    "link local with a zone": "https://[fe80::1%25eth0]/",
    "site local": "https://[fec0::1]/",
    "unique local": "https://[fd00::1]/",
    "private": "https://192.168.1.1/",
    "full-width digits": "https://１２７.０.０.１/",
    "enclosed digits": "https://①②⑦.⓪.⓪.①/",
    "ideographic full stop": "https://127。0。0。1/",
    "encoded host": "https://%31%32%37.0.0.1/",
    "single label": "https://intranet/",
    "mDNS": "https://printer.local/",
    "credentials": "https://user:secret@example.com/",
    "empty credentials": "https://@example.com/",
    "credentials that look like a host": "https://example.com@127.0.0.1/",
    "fragment": "https://example.com/#here",
    "backslash": "https://example.com\\@127.0.0.1/",
    "line break": "https://example.com/\r\nHost: x",
    "tab in the host": "https://exam\tple.com/",
    "space": "https://example.com/a b",
    "plain http": "http://example.com/",
    "plain http to a public address": "http://8.8.8.8/",
    "other scheme": "ftp://example.com/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
    "no scheme": "//example.com/",
    "no host": "https:///path",
    "empty": "",
    "port out of range": "https://example.com:99999/",
    "port zero": "https://example.com:0/",
    "unclosed bracket": "https://[::1/",
    "inspector over http": "http://inspector.sandbox.example/bin_0",
    "inspector with a port": "https://inspector.sandbox.example:8443/bin_0",
}
ACCEPTED_URLS = [
    "https://example.com/hooks?x=1",
    "https://hooks.example.com:8443/",
    "https://xn--bcher-kva.example/",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/",
    "https://inspector.sandbox.example/bin_000000000000000000000000",
]


class TestAddressDenied:
    @pytest.mark.parametrize("address", SPECIAL)
    def test_special_purpose_addresses_are_denied(self, address):
        assert address_denied(address)

    @pytest.mark.parametrize("address", PUBLIC)
    def test_public_addresses_are_not(self, address):
        assert not address_denied(address)

    @pytest.mark.parametrize("address", ["", "localhost", "127.1", "0177.0.0.1", "2130706433"])
    def test_what_is_no_address_is_denied(self, address):
        assert address_denied(address)

    @pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
    def test_local_mode_admits_loopback(self, address):
        assert not address_denied(address, LOCAL)

    @pytest.mark.parametrize("address", [a for a in SPECIAL if not a.startswith("127.") and a != "::1"])
    def test_local_mode_admits_nothing_else(self, address):
        assert address_denied(address, LOCAL)

    @pytest.mark.parametrize("address", ["10.0.0.1", "172.16.0.1", "192.168.0.1", "fd00:ec2::1"])
    def test_private_networks_can_be_admitted(self, address):
        assert not address_denied(address, PRIVATE_NETWORKS)

    @pytest.mark.parametrize(
        "address", ["127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fe80::1"]
    )
    def test_with_private_networks_nothing_else_is(self, address):
        assert address_denied(address, PRIVATE_NETWORKS)

    @given(st.ip_addresses(v=4))
    def test_an_ipv4_address_is_no_safer_inside_ipv6(self, address: IPv4Address):
        """Mapped, compatible, NAT64 and 6to4 forms are denied whatever they carry."""
        low = int(address)
        forms = [IPv6Address(low), IPv6Address((0xFFFF << 32) | low), IPv6Address((0x64FF9B << 96) | low)]
        forms.append(IPv6Address((0x2002 << 112) | (low << 80)))
        assert all(address_denied(str(form)) for form in forms)

    @given(
        st.sampled_from(["10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "fc00::/7", "fe80::/10"]), st.data()
    )
    def test_every_address_of_a_denied_network_is_denied(self, network, data):
        inside = ip_network(network)
        offset = data.draw(st.integers(0, inside.num_addresses - 1))
        assert address_denied(str(inside[offset]))


class TestUrlRefusal:
    @pytest.mark.parametrize("url", REFUSED_URLS.values(), ids=REFUSED_URLS.keys())
    def test_refuses(self, url):
        assert url_refusal(url)

    @pytest.mark.parametrize("url", ACCEPTED_URLS)
    def test_accepts(self, url):
        assert url_refusal(url) == ""

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:3000/hook",
            "http://localhost:3000/hook",
            "https://localhost/",
            "http://[::1]:3000/",
        ],
    )
    def test_local_mode_admits_this_machine_over_http(self, url):
        assert url_refusal(url, LOCAL) == ""

    @pytest.mark.parametrize(
        "url", ["https://127.1/", "https://2130706433/", "https://[::ffff:127.0.0.1]/", "http://10.0.0.1/"]
    )
    def test_local_mode_admits_no_disguise(self, url):
        assert url_refusal(url, LOCAL)

    @given(st.text(max_size=60))
    def test_never_raises(self, text):
        url_refusal(text)
        url_refusal(f"https://{text}/")


class TestOwnInspector:
    OWN = "http://sandbox.lan:8080"

    @pytest.mark.parametrize("path", ["/inspect/bin_1", "/inspect/bin_1/any/path", "/w/ws_1/inspect/bin_1"])
    def test_its_bins_may_be_called_wherever_it_lives(self, path):
        assert is_own_inspector(self.OWN + path, self.OWN)
        assert url_refusal(self.OWN + path, Reach(own=self.OWN)) == ""

    @pytest.mark.parametrize(
        "url",
        [
            OWN + "/sandbox/v1/reset",
            OWN + "/inspect/../sandbox/v1/reset",
            OWN + "/w/ws_1/mocks",
            OWN + "1/inspect/bin_1",
            "http://sandbox.lan:8080@evil.example/inspect/bin_1",
        ],
    )
    def test_nothing_else_of_it(self, url):
        assert url_refusal(url, Reach(own=self.OWN))
