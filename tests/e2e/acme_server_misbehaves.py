"""An ACME server that answers too little, too much, something else, or with an error at any step costs no key and no second order: the
run ends with one line, and the next one succeeds with the same order where there is one."""

from acme_stub import AcmeStub
from harness import *

ca = Home("ca")
stub = AcmeStub(ca)
home = Home("user")
write("user/redis-pki.toml", f'[acme]\nserver = "{stub.url}/directory"\ncacert = "{ca.path}/ca/root.crt"\ntrust = "{ca.path}/ca/root.crt"\n'
      f'http-port = {free_port()}\n')


def endless(file):
    try:
        while True:
            file.write(b"[" * 65536)
    except OSError:
        pass


def slowly(body, pause):
    def send(file):
        try:
            for byte in body:
                file.write(bytes([byte]))
                time.sleep(pause)
        except OSError:
            pass
    return send


ways = {
    "no JSON": lambda status, headers, body: (200, headers, b"<html>Bad gateway</html>"),
    "another type": lambda status, headers, body: (200, headers, b'["a list"]'),
    "cut off": lambda status, headers, body: (status, {**headers, "Content-Length": str(len(body) + 10)}, body[: len(body) // 2]),
    "endless": lambda status, headers, body: (status, headers, endless),
    "an error": lambda status, headers, body: (403, headers, b'{"type":"urn:ietf:params:acme:error:unauthorized","detail":"not today"}'),
}
steps = ["directory", "account", "order", "authz", "challenge", "finalize", "certificate"]
for step in steps:
    for way, answer in ways.items():
        if way in ("cut off", "another type") and not LONG:  # one that is cut off is tried again for 15 s
            continue
        name = f"{step}-{way.replace(' ', '-')}"
        words = ["issue", "server", name, "--issuer", "acme", "--san", f"{name}.example.com", "--quiet"]
        before = len(stub.orders)
        if step == "account":
            shutil.rmtree(home.path + "/acme", ignore_errors=True)
        stub.answer = {step: answer}
        begin = time.monotonic()
        result = home.run(*words, check=False)
        took = time.monotonic() - begin
        stub.answer = {}
        harmless = step in ("account", "challenge", "finalize") and result.returncode == 0  # its answer's body isn't needed
        expect(harmless or result.returncode == 1, f"{name}: {result.returncode} {result.stderr}")
        expect(harmless or result.stderr.count("\n") == 1, f"{name}: {result.stderr}")
        expect(took < 60, f"{name} took {took:.0f} s")
        if way == "an error" and step != "directory":
            expect("not today" in result.stderr, f"{name}: {result.stderr}")
        home.run(*words)
        if step != "order" and result.returncode != 0:
            expect(len(stub.orders) - before <= 1, f"{name}: {len(stub.orders) - before} orders")
        chain = home.file(name, "tls.crt")
        openssl("verify", "-CAfile", ca.path + "/ca/root.crt", "-untrusted", chain, chain)
        expect_equal(openssl("x509", "-in", chain, "-noout", "-pubkey"), openssl("pkey", "-in", home.file(name, "tls.key"), "-pubout"))

# An order whose answer is lost is found in the account's list, by this run or the next one; where there is no list, another one is asked for.
lose = lambda s, h, b: (s, {**h, "Content-Length": str(len(b) + 1)}, b) if stub.requests[-1][1] else (s, h, b)
for lists, killed, orders in ((True, False, 1), (True, True, 1), (False, False, 2)):
    stub.lists_orders = lists
    name = f"lost-{lists}-{killed}"
    words = ["issue", "server", name, "--issuer", "acme", "--san", f"{name}.example.com", "--quiet"]
    before = len(stub.orders)
    if killed:
        process = subprocess.Popen([BINARY, "--home", home.path, *words])
        stub.answer = {"order": lambda s, h, b: (process.kill(), lose(s, h, b))[1]}
        process.wait(60)
    else:
        times = iter([lose])
        stub.answer = {"order": lambda s, h, b: next(times, lambda *same: same)(s, h, b)}
    home.run(*words)
    stub.answer = {}
    expect_equal(len(stub.orders) - before, orders, f"orders of {name}")
stub.lists_orders = True

# A slow network is waited for, and one that hardly moves is given up.
drip = lambda pause: lambda s, h, b: (s, {**h, "Content-Length": str(len(b))}, slowly(b, pause))
stub.answer = dict.fromkeys(steps, drip(0.001))
home.run("issue", "server", "slow", "--issuer", "acme", "--san", "slow", "--quiet")
for step in ("directory", "order", "certificate") if LONG else ():
    stub.answer = {step: drip(1)}
    begin = time.monotonic()
    words = ["issue", "server", f"drip-{step}", "--issuer", "acme", "--san", f"drip-{step}", "--quiet"]
    expect_refused(home.run(*words, check=False), 1, "timed out")
    expect(time.monotonic() - begin < 150, f"given up after {time.monotonic() - begin:.0f} s")
    stub.answer = {}
    home.run(*words)
stub.answer = {}

# A chain that isn't for the key, and one that nothing trusts, are not installed.
other = read(ca.file("acme-ca", "tls.crt"))
for name, answer, reason in (("foreign", lambda s, h, b: (s, h, other.encode()), "private key does not match"),
                             ("root", lambda s, h, b: (s, h, read(expired_certificate()[0]).encode()), "name its root with --trust")):
    stub.answer = {"certificate": answer}
    expect_refused(home.run("issue", "server", name, "--issuer", "acme", "--san", name, "--quiet", check=False), 1, reason)
    expect(not os.path.exists(os.path.join(home.path, "certs", name, "current")), name)
stub.answer = {}

# A key that is not the one of the order any more: the certificate is refused, and the next run orders anew.
stub.answer = {"certificate": ways["an error"]}
words = ["issue", "server", "rekeyed", "--issuer", "acme", "--san", "rekeyed", "--quiet"]
home.run(*words, check=False)
stub.answer = {}
openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", os.path.join(home.path, "certs/rekeyed/acme-order.key"))
expect_refused(home.run(*words, check=False), 1, "private key does not match")
home.run(*words)

# A busy server says when to come back.
stub.answer = {"order": lambda s, h, b: (429, {**h, "Retry-After": "3600"}, b'{"type":"urn:ietf:params:acme:error:rateLimited","detail":"slower"}')}
expect_refused(home.run("issue", "server", "busy", "--issuer", "acme", "--san", "busy", "--quiet", check=False), 1, "slower", "come back in 1h")
stub.answer = {}

# Profiles, and renewal as the CA suggests it.
expect_refused(home.run("issue", "server", "p", "--issuer", "acme", "--san", "p", "--acme-profile", "tlsclient", "--quiet", check=False), 1, "invalidProfile")
home.run("issue", "server", "short", "--issuer", "acme", "--san", "short", "--acme-profile", "shortlived", "--quiet")
home.run("issue", "server", "long", "--issuer", "acme", "--san", "long", "--quiet")
renewed = lambda name: {line["subject"]: line["result"] for line in home.json("renew", name)}[name]
expect_equal((renewed("short"), renewed("long")), ("nothing to do", "nothing to do"))
for name in ("short", "long"):
    os.path.exists(os.path.join(home.path, "certs", name, "acme-renewal-info.json")) and os.unlink(
        os.path.join(home.path, "certs", name, "acme-renewal-info.json"))
now = int(time.time())
stub.window = (now + 3600, now + 7200)
expect_equal(renewed("long"), "nothing to do")
info = json.loads(read(os.path.join(home.path, "certs", "long", "acme-renewal-info.json")))
stub.window = (now - 7200, now - 3600)  # an emergency; but it was said to look again in six hours
expect_equal(renewed("long"), "nothing to do")
expect_equal(json.loads(read(os.path.join(home.path, "certs", "long", "acme-renewal-info.json"))), info, "the chosen time")
os.unlink(os.path.join(home.path, "certs", "long", "acme-renewal-info.json"))
expect_equal(renewed("long"), "renewed")
expect(stub.orders[-1]["replaces"], "the order says what it replaces")
home.run("renew", "long", "--force")
expect(stub.orders[-1]["replaces"] != stub.orders[-2]["replaces"], "the next one replaces another")
stub.replaced.add(stub.orders[-1]["replaces"])
stub.replaced = type("All", (), {"__contains__": lambda self, x: x is not None, "add": lambda self, x: None})()
home.run("renew", "long", "--force")
expect_equal(stub.orders[-1]["replaces"], None, "already replaced: without it")
