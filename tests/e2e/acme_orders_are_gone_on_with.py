"""An order is gone on with after kill -9, Ctrl-C and a restart of the CA at any moment: with its key, without a second order, and with
nothing left of the challenges."""

import re

from acme_server import Pebble
from harness import *

home = Home()
pebble = Pebble(home, strict=True, nonce_reject=5, authz_reuse=0)
hook_log = path("hook.log")
hook = write("hook.sh", f"#!/bin/sh\necho $1 >> {hook_log}\ncurl -s http://127.0.0.1:{pebble.dns_management}/"
             "$([ $1 = present ] && echo set-txt || echo clear-txt) "
             '-d "{\\"host\\":\\"$REDIS_PKI_DNS_NAME.\\",\\"value\\":\\"$REDIS_PKI_DNS_VALUE\\"}"\n[ -e \"$HOLD\" ] && sleep 30\nexit 0\n')
os.chmod(hook, 0o755)
hold = path("hold")
environment = {**os.environ, "HOLD": hold}
write("home/redis-pki.toml", f'[acme]\nserver = "{pebble.directory}"\ncacert = "{pebble.ca}"\ntrust = "{pebble.root()}"\n'
      f'dns-hook = "{hook}"\nchallenge = "dns-01"\n')
home.run("acme", "register", "--agree-tos")


def orders():
    return len(re.findall(r"Added order", read(pebble.process.log)))


def start(name, *words):
    return subprocess.Popen([BINARY, "--home", home.path, "issue", "server", name, "--issuer", "acme", "--san", f"{name}.example.com", *words],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def finish(name):
    result = home.run("issue", "server", name, "--issuer", "acme", "--san", f"{name}.example.com", env=environment)
    chain = home.file(name, "tls.crt")
    openssl("verify", "-CAfile", home.file(name, "ca.crt"), "-untrusted", chain, chain)
    expect_equal(openssl("x509", "-in", chain, "-noout", "-pubkey"), openssl("pkey", "-in", home.file(name, "tls.key"), "-pubout"))
    return result.stderr


# Ctrl-C while a proof is shown: it is withdrawn, and the order is gone on with.
open(hold, "w").close()
before = orders()
process = start("interrupted")
wait_until(lambda: os.path.exists(hook_log), "the hook")
time.sleep(0.5)
os.unlink(hold)
process.send_signal(signal.SIGINT)
subprocess.run(["pkill", "-P", str(process.pid)])  # the hook that sleeps
out, err = process.communicate(timeout=60)
expect(process.returncode in (1, -signal.SIGINT), f"{process.returncode} {err}")
expect_equal(read(hook_log).split().count("present"), max(1, read(hook_log).split().count("cleanup")), "cleaned up")
finish("interrupted")
expect_equal(orders() - before, 1, "orders of the interrupted one")

# kill -9 at random moments; in the end one certificate and one order, though the answer may have been lost that said where it is.
for i in range(60 if LONG else 5):
    name = f"killed-{i}"
    before = orders()
    process = start(name, "--quiet")
    time.sleep(random.uniform(0.02, 0.5))
    process.kill()
    process.wait()
    made = orders() - before
    is_done = os.path.exists(home.file(name, "tls.crt"))
    told = finish(name)
    if not is_done:
        expect(made == 0 or "going on with the order of before" in told, f"{name}: {told}")
        expect_equal(orders() - before, 1, name)
    expect_equal([f for f in os.listdir(os.path.join(home.path, "certs", name)) if "order" in f], [], name)

# The CA loses its memory at random moments: a run fails with one line or succeeds, and the next one succeeds.
for i in range(20 if LONG else 1):
    name = f"restarted-{i}"
    process = start(name, "--quiet", "--trust", pebble.root())
    time.sleep(random.uniform(0.02, 0.4))
    pebble.process.kill()
    pebble.start()
    out, err = process.communicate(timeout=120)
    expect(process.returncode == 0 or err.count("\n") == 1, f"{name}: {err}")
    home.run("issue", "server", name, "--issuer", "acme", "--san", f"{name}.example.com", "--trust", pebble.root())
    openssl("verify", "-CAfile", pebble.root(), "-untrusted", home.file(name, "tls.crt"), home.file(name, "tls.crt"))

# Revocation is seen in the CA's own records.
home.run("issue", "server", "revoked", "--issuer", "acme", "--san", "revoked.example.com", "--trust", pebble.root())
serial = openssl("x509", "-in", home.file("revoked", "tls.crt"), "-noout", "-serial").strip().split("=")[1].lower()
home.run("acme", "revoke", "revoked", "--reason", "key-compromise")
expect_equal(json.loads(pebble.get(f"/cert-status-by-serial/{serial}"))["Status"], "Revoked")
home.run("acme", "revoke", "revoked")  # again is no error
