"""Debian's pebble, with its DNS server, as an ACME CA on this host."""

import ssl
import urllib.request

from harness import *


class Pebble:
    def __init__(self, home, **config):
        home.run("issue", "server", "pebble", "--san", "localhost,127.0.0.1")
        self.ca = home.path + "/ca/root.crt"
        self.http_port, self.tls_port, self.port, self.management = (free_port() for _ in range(4))
        dns, dns_management = free_port(), free_port()
        Process("pebble-challtestsrv", ["pebble-challtestsrv", "-defaultIPv6", "", "-defaultIPv4", "127.0.0.1", "-dns01",
                                        f"127.0.0.1:{dns}", "-http01", "", "-https01", "", "-tlsalpn01", "",
                                        "-management", f"127.0.0.1:{dns_management}"], dns_management)
        file = write("pebble.json", json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{self.port}", "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": home.file("pebble", "tls.crt"), "privateKey": home.file("pebble", "tls.key"),
            "httpPort": self.http_port, "tlsPort": self.tls_port, "ocspResponderURL": "", **config}}))
        environment = ["env", "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0"]
        Process("pebble", [*environment, "pebble", "-config", file, "-dnsserver", f"127.0.0.1:{dns}", "-strict", "false"], self.port)
        self.directory = f"https://localhost:{self.port}/dir"

    def root(self):
        """The file with the root that verifies what it issues."""
        context = ssl.create_default_context(cafile=self.ca)
        with urllib.request.urlopen(f"https://localhost:{self.management}/roots/0", context=context) as answer:
            return write("pebble-root.crt", answer.read().decode())
