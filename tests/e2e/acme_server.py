"""Debian's pebble, with its DNS server, as an ACME CA on this host."""

import ssl
import urllib.request

from harness import *


class Pebble:
    def __init__(self, home, strict=False, nonce_reject=0, authz_reuse=50, alternates=0, chain=1, dns=None, **config):
        home.run("issue", "server", "pebble", "--san", "localhost,127.0.0.1")
        self.ca = home.path + "/ca/root.crt"
        self.http_port, self.tls_port, self.port, self.management = (free_port() for _ in range(4))
        self.dns, self.dns_management = free_port(), free_port()
        Process("pebble-challtestsrv", ["pebble-challtestsrv", "-defaultIPv6", "", "-defaultIPv4", "127.0.0.1", "-dns01",
                                        f"127.0.0.1:{self.dns}", "-http01", "", "-https01", "", "-tlsalpn01", "",
                                        "-management", f"127.0.0.1:{self.dns_management}"], self.dns_management)
        file = write("pebble.json", json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{self.port}", "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": home.file("pebble", "tls.crt"), "privateKey": home.file("pebble", "tls.key"),
            "httpPort": self.http_port, "tlsPort": self.tls_port, "ocspResponderURL": "",
            "profiles": {"default": {"description": "of newer ones than Debian's", "validityPeriod": 7776000}}, **config}}))
        self.words = ["env", "PEBBLE_VA_NOSLEEP=1", f"PEBBLE_WFE_NONCEREJECT={nonce_reject}", f"PEBBLE_AUTHZREUSE={authz_reuse}",
                      f"PEBBLE_ALTERNATE_ROOTS={alternates}", f"PEBBLE_CHAIN_LENGTH={chain}", "pebble", "-config", file, "-dnsserver",
                      f"127.0.0.1:{dns or self.dns}", "-strict=" + ("true" if strict else "false")]
        self.start()
        self.directory = f"https://localhost:{self.port}/dir"

    def start(self):
        self.process = Process("pebble", self.words, self.port)

    def get(self, where):
        context = ssl.create_default_context(cafile=self.ca)
        with urllib.request.urlopen(f"https://localhost:{self.management}{where}", context=context) as answer:
            return answer.read().decode()

    def root(self, number=0):
        """The file with the root that verifies what it issues."""
        return write(f"pebble-root{number or ''}.crt", self.get(f"/roots/{number}"))
