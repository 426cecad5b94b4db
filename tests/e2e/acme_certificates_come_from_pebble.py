"""Certificates come from an ACME CA that refuses every second nonce: by each challenge, for wildcards, addresses and twenty names, for all
keys; openssl verifies each chain. Redis serves one, and renew gets the next."""

import re

from acme_server import Pebble
from harness import *

ROUNDS = 100 if LONG else 20
home = Home()
pebble = Pebble(home, strict=True, nonce_reject=50, alternates=2, chain=3)
root = pebble.root()
hook = write("hook.py", f"""import json, os, sys, urllib.request
name, value = os.environ["REDIS_PKI_DNS_NAME"], os.environ["REDIS_PKI_DNS_VALUE"]
def post(where, **document):
    urllib.request.urlopen(f"http://127.0.0.1:{pebble.dns_management}/" + where, json.dumps(document).encode())
post("set-txt" if sys.argv[1] == "present" else "clear-txt", host=name + ".", value=value)
open({path("hook.log")!r}, "a").write(sys.argv[1] + " " + name + " " + os.environ["REDIS_PKI_DOMAIN"] + "\\n")
""")
write("home/redis-pki.toml", f"""[acme]
server = "{pebble.directory}"
cacert = "{pebble.ca}"
trust = "{root}"
http-port = {pebble.http_port}
tls-alpn-port = {pebble.tls_port}
dns-hook = "/usr/bin/python3 {hook}"
""")

registered = home.json("acme", "register", "--email", "ops@example.com", "--agree-tos")
expect_equal((registered["status"], registered["contacts"]), ("valid", ["mailto:ops@example.com"]))
expect_equal(os.stat(registered["directory"] + "/account.key").st_mode & 0o777, 0o600)
expect_equal(home.json("acme", "register", "--agree-tos")["account"], registered["account"], "the same account again")


def issue(name, *words, sans=()):
    names = [word for san in sans for word in ("--san", san)]
    home.run("--quiet", "issue", "server", name, "--issuer", "acme", *names, *words)
    chain, ca = home.file(name, "tls.crt"), home.file(name, "ca.crt")
    checks = ["-verify_ip" if re.fullmatch(r"[\d.]+|[0-9a-f:]+", san) else "-verify_hostname" for san in sans]
    for check, san in zip(checks, sans):
        openssl("verify", "-purpose", "sslserver", "-CAfile", ca, "-untrusted", chain, check, san.replace("*", "any"), chain)
    public = openssl("x509", "-in", chain, "-noout", "-pubkey")
    expect_equal(public, openssl("pkey", "-in", home.file(name, "tls.key"), "-pubout"), "the key of " + name)
    left = [f for f in os.listdir(os.path.join(home.path, "certs", name)) if f.startswith("acme-order")]
    expect_equal(left, [], "left of the order")


kinds = [("http-01", ["http.example.com"]), ("tls-alpn-01", ["alpn.example.com"]), ("dns-01", ["dns.example.com"]),
         ("dns-01", ["*.wild.example.com", "wild.example.com"]), ("http-01", ["127.0.0.1"]), ("tls-alpn-01", ["127.0.0.1"]),
         ("http-01", [f"host-{i}.example.com" for i in range(20)])]
keys = ["ec-p256", "ec-p384", "rsa-2048"]
for i in range(ROUNDS):
    challenge, sans = kinds[i % len(kinds)]
    issue(f"acme-{i}", "--challenge", challenge, "--key-type", keys[i % len(keys)], sans=sans)
presented = read(path("hook.log")).split("\n")
expect_equal(sum(line.startswith("present") for line in presented), sum(line.startswith("cleanup") for line in presented), presented)

# Another chain, by the name of its root.
other = pebble.root(2)
cn = re.search(r"CN\s*=\s*(.*)", openssl("x509", "-in", other, "-noout", "-subject"))[1]
issue("alternate", "--preferred-chain", cn, "--trust", other, sans=["alternate.example.com"])
expect("OK" in openssl("verify", "-CAfile", other, "-untrusted", home.file("alternate", "tls.crt"), home.file("alternate", "tls.crt")), cn)

# What a public CA is not for.
expect_refused(home.run("issue", "client", "app-2", "--issuer", "acme", check=False), 2, "certify servers only")
warned = home.run("issue", "peer", "peer", "--issuer", "acme", "--san", "peer.example.com")
expect("tls-client-cert-file" in warned.stderr, warned.stderr)
expect_refused(home.run("issue", "server", "mail", "--issuer", "acme", "--san", "email:a@example.com", check=False), 2, "email:a@example.com")
expect_refused(home.run("issue", "server", "x", "--san", "x", "--challenge", "dns-01", check=False), 2, "is for --issuer acme")

# A server serves one, and renew gets the next, and proves it.
issue("redis-1", sans=["localhost"])
home.run("issue", "client", "app")
server = serve(home)
home.run("target", "add", "redis-1", "--target", f"localhost:{server.port}", "--client", "app", "--cacert", root)
home.run("renew", "redis-1", "--force")
context = ssl.create_default_context(cafile=root)
context.load_cert_chain(home.file("app", "tls.crt"), home.file("app", "tls.key"))
expect_equal((home.generation(), Client(context, server.port).leaf), (2, home.leaf()))
server.stop()

# The account: its key, its contacts, its end.
before = home.json("acme", "show")
after = home.json("acme", "rotate-key", "--key-type", "rsa-2048")
expect_equal((before["account"], before["thumbprint"] != after["thumbprint"], after["key"]), (after["account"], True, "RSA 2048"))
issue("after-rotation", sans=["after.example.com"])
expect_equal(home.json("acme", "update", "--email", "new@example.com")["contacts"], ["mailto:new@example.com"])
home.run("acme", "deactivate")
expect_refused(home.run("acme", "show", check=False), 1, "make one with 'redis-pki acme register'")
