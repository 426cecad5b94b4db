"""`renew --all`, run twice a day, keeps to what ARI or the policy says for certificates of 90 days, 45 days and 160 hours: none is replaced
before its time or later than the run after it, and none expires. A year of twenty lineages with LONG=1."""

import base64

from acme_stub import AcmeStub
from harness import *

LINEAGES, DAYS = (20, 365) if LONG else (4, 8)
INTERVAL = 12 * 3600
LIFETIMES = {"classic": "90d", "tlsserver": "45d", "shortlived": "160h"}
# What the CA says of a certificate, as parts of its lifetime: nothing, the usual, a revocation soon, a time after its end.
MANNERS = {"silent": None, "usual": (0.6, 0.7), "emergency": (0.1, 0.12), "late": (1.1, 1.2)}


def validity(chain):
    words = dict(line.split("=", 1) for line in openssl("x509", "-noout", "-serial", "-dates", input=chain).splitlines())
    return words["serial"], *(ssl.cert_time_to_seconds(words[key]) for key in ("notBefore", "notAfter"))


class Suggesting(AcmeStub):
    PROFILES = LIFETIMES
    windows = {}  # by serial number

    def finalize(self, order, payload):
        super().finalize(order, payload)
        serial, begin, end = validity(order["chain"])
        suggested = MANNERS[order["identifiers"][0]["value"].split("-")[0]]
        self.windows[serial] = suggested and tuple(begin + part * (end - begin) for part in suggested)

    def get(self, where):
        if where.startswith("/renewal-info/"):
            serial = base64.urlsafe_b64decode(where.split(".")[1] + "==").hex().upper()
            self.window = self.windows[serial.removeprefix("00")]
        return super().get(where)


def when_due(name, begin, end):
    """The first and the last moment at which it should be replaced."""
    life = end - begin
    if name.startswith("silent"):
        left = life / 3 if life / 3 >= 10 * 86400 else life / 2
        return end - left, end - left
    if name.startswith("late"):
        return end - life / 20, end - life / 20
    return tuple(begin + part * life for part in MANNERS[name.split("-")[0]])


now = int(time.time())
set_clock(now)
ca = Home("ca")
stub = Suggesting(ca)
home = Home("user")
write("user/redis-pki.toml", f'[acme]\nserver = "{stub.url}/directory"\ncacert = "{ca.path}/ca/root.crt"\ntrust = "{ca.path}/ca/root.crt"\n'
      f'http-port = {free_port()}\n')
names = []
for i in range(LINEAGES):
    manner = list(MANNERS)[i % 4]
    profile = list(LIFETIMES)[2 - i // 4 % 3]
    if (manner, profile) == ("late", "shortlived"):  # its last twentieth is shorter than the interval
        profile = "tlsserver"
    names.append(f"{manner}-{profile}-{i}")
    home.run("issue", "server", names[-1], "--issuer", "acme", "--san", f"{names[-1]}.example.com", "--acme-profile", profile, "--quiet")

known = {name: (home.generation(name), *validity(read(home.file(name, "tls.crt")))[1:]) for name in names}
renewals = dict.fromkeys(names, 0)
for now in range(now, now + DAYS * 86400, INTERVAL):
    set_clock(now)
    home.run("renew", "--all", "--quiet")
    for name in names:
        before, begin, end = known[name]
        first, last = when_due(name, begin, end)
        if home.generation(name) != before:
            known[name] = (home.generation(name), *validity(read(home.file(name, "tls.crt")))[1:])
            renewals[name] += 1
            expect(first - 60 <= now <= last + INTERVAL + 60, f"{name} was due {(now - last) / 3600:.1f} h ago")
        else:
            expect(now <= last + 60, f"{name} was due {(now - last) / 3600:.1f} h ago, and was not renewed")
    if LONG and now // 86400 % 30 == 0:
        home.run("prune", "--keep", "3")
expect(sum(renewals.values()) > LINEAGES * DAYS // 90, f"{renewals}")
expect_equal(len(stub.orders), LINEAGES + sum(renewals.values()), "one order for each certificate")
print(renewals)
