"""A certificate with a list of 300,000 revoked ones takes its time to load: the other clients are served meanwhile, the one that asks gets
its answer when it is in service, and what is refused after so long changes nothing."""

import threading

from harness import *

REVOKED = 300_000

home = Home().issue_usual()
home.run("issue", "client", "leaver")
serial = int(openssl("x509", "-noout", "-serial", "-in", home.file("leaver", "tls.crt")).strip().split("=")[1], 16)
lines = [f"R\t301231235959Z\t261101000000Z\t{number:08X}\tunknown\t/CN=x\n" for number in range(0x10000000, 0x10000000 + REVOKED)]
lines.append(f"R\t301231235959Z\t261101000000Z\t{serial:040X}\tunknown\t/CN=leaver\n")
index, number = write("index.txt", "".join(lines)), write("crlnumber", "01\n")
conf = write("ca.cnf", f"[ca]\ndefault_ca=d\n[d]\ndatabase={index}\ncrlnumber={number}\ndefault_md=sha256\ndefault_crl_days=30\n")
large = path("large.crl")
openssl("ca", "-gencrl", "-config", conf, "-cert", home.path + "/ca/issuing.crt", "-keyfile", home.path + "/ca/issuing.key", "-out", large)

server = serve(home)
asking, other = home.connect(server.port), home.connect(server.port)


def pings_until_answered(*words):
    """The reply, and how often another client was answered meanwhile."""
    replies = []
    asking.send(*words)
    waiting = threading.Thread(target=lambda: replies.append(asking.reply()))
    waiting.start()
    count = 0
    while waiting.is_alive():
        expect_equal(other.command("PING"), "+PONG")
        count += 1
    waiting.join()
    return replies[0], count


leaver = home.connect(server.port, client="leaver")
reply, count = pings_until_answered("CONFIG", "SET", "tls-crl-file", large)
expect_equal(reply, "+OK")
expect(count > 20, f"{count} other commands were served while it loaded")
wait_until(lambda: not leaver.is_alive(), "the revoked client to be ended")
expect(home.connect(server.port).is_alive() and other.is_alive(), "the others")

reply, count = pings_until_answered("CONFIG", "SET", "tls-cert-file", home.file("app", "tls.crt"), "tls-key-file", home.file("app", "tls.key"))
expect(reply.startswith("-ERR CONFIG SET failed") and "tls-" in reply, reply)
expect_equal(asking.command("CONFIG", "GET", "tls-cert-file")[1], home.file("redis-1", "tls.crt").encode())
expect_equal(home.connect(server.port).leaf, home.leaf())

# A transaction can't wait for its turn, and says so.
asking.send("CONFIG", "SET", "tls-crl-file", large)
for words in (["MULTI"], ["CONFIG", "SET", "tls-protocols", "TLSv1.3"], ["ECHO", "x"]):
    other.command(*words)
replies = other.command("EXEC")
expect(replies[0].startswith("-ERR CONFIG SET failed") and "try again" in replies[0] and replies[1] == b"x", replies)
expect_equal(asking.reply(), "+OK")

# Two at once take their turns; the one that asked later wins.
for generation in (2, 3):
    home.run("issue", "server", "redis-1", "--san", "localhost", "--san", "127.0.0.1")
for client, generation in ((asking, 2), (other, 3)):
    client.send("CONFIG", "SET", "tls-cert-file", home.file("redis-1", "tls.crt", generation), "tls-key-file",
                home.file("redis-1", "tls.key", generation))
expect_equal((asking.reply(), other.reply()), ("+OK", "+OK"))
expect_equal(home.connect(server.port).leaf, home.leaf(generation=3))
server.stop()
