"""Everything that can be wrong with a rotation gives one line and its exit code, and leaves files and server as
they were."""

from fake_redis import FakeRedis
from harness import *

home = Home().issue_usual()
other = Home("other").issue_usual()
server = linked_redis_server(home)
address = f"localhost:{server.port}"
first = home.leaf()


def expect_untouched(what):
    expect_equal((home.generation(), home.connect(server.port).leaf), (1, first), what)
    expect(not os.path.exists(home.path + "/certs/redis-1/rotation.journal"), what)


def rotate(*words):
    return home.run("-q", "rotate", "redis-1", *words, check=False)


def replace(generation, name, text):
    file = home.file("redis-1", name, generation)
    mode = os.stat(file).st_mode
    with open(file, "w") as opened:
        opened.write(text)
    os.chmod(file, mode)


# Targets that can't be rotated.
expect_refused(rotate("--target", f"localhost:{free_port()}", "--client", "app"), 1, "can't connect: Connection refused")
expect_refused(rotate("--target", "no-such-host.invalid:6380", "--client", "app"), 1, "can't resolve the host")
plain = Process("redis-server", ["redis-server", "--port", port := free_port(), "--bind", "127.0.0.1", "--save", "",
                                 "--dir", path(".")], port)
expect_refused(rotate("--target", f"localhost:{plain.port}", "--client", "app", "--timeout", "2s"), 1, "does it speak TLS there?")
expect_refused(rotate("--target", f"redis://localhost:{plain.port}"), 2, "name the server's TLS port")
expect_refused(rotate("--target", address), 1, "TLS failed: tlsv13 alert certificate required")
expect_refused(rotate("--target", address, "--client-cert", other.file("app", "tls.crt"), "--client-key",
                      other.file("app", "tls.key")), 1, "TLS failed")
expect_refused(rotate("--target", address, "--client", "app", "--cacert", other.path + "/ca/root.crt"), 1, "not trusted")
expect_refused(rotate("--target", address, "--client", "app", "--server-name", "redis.example.com"), 1,
               "is not for redis.example.com")
silent = socket.create_server(("127.0.0.1", 0))
expect_refused(rotate("--target", f"localhost:{silent.getsockname()[1]}", "--client", "app", "--timeout", "500ms"), 1,
               "no answer to the TLS handshake in time")
expect_equal(os.listdir(home.path + "/certs/redis-1/generations"), ["0001"], "generations issued for nothing")
expect_untouched("after targets that can't be rotated")

# Certificates that must not be installed: each waits as generation 2.
target = ["--target", address, "--client", "app"]
home.run("issue", "server", "redis-1")
os.unlink(home.path + "/certs/redis-1/current")
os.symlink("generations/0001", home.path + "/certs/redis-1/current")
good = {name: read(home.file("redis-1", name, 2)) for name in ("tls.crt", "tls.key", "ca.crt")}
CASES = [
    ("mismatched pair", {"tls.key": read(home.file("app", "tls.key"))}, "does not match the certificate"),
    ("garbage", {"tls.crt": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}, "can't be read"),
    ("empty", {"tls.crt": ""}, "holds no PEM certificate"),
    ("wrong CA", {"ca.crt": read(other.path + "/ca/root.crt")}, "not trusted"),
    ("no intermediate", {"tls.crt": good["tls.crt"][: good["tls.crt"].index("-----END") + 26]}, "not in the chain"),
    ("a client's", {"tls.crt": read(home.file("app", "tls.crt")), "tls.key": read(home.file("app", "tls.key"))},
     "suit"),
]
for name, files, reason in CASES:
    for file, text in files.items():
        replace(2, file, text)
    expect_refused(rotate(*target), 1, reason)
    for file, text in good.items():
        replace(2, file, text)
    expect_untouched(name)
home.run("issue", "server", "redis-1", "--san", "other.example.com")
expect_refused(rotate(*target), 1, "the certificate is not for localhost", "which the old one has")
expect_untouched("names lost")
home.run("issue", "server", "redis-1", "--san", "localhost,127.0.0.1", "--lifetime", "1m")

# A server that answers OK to a reload and goes on with the certificate that it has.
liar = FakeRedis(home.file("redis-1", "tls.crt"), home.file("redis-1", "tls.key"), "8.0.0", lies=True)
expect_refused(rotate("--target", f"localhost:{liar.port}"), 3, "rolled back to generation 1",
               f"serves the certificate {first} instead of")
expect_untouched("after a server that lies")
os.unlink(home.path + "/certs/redis-1/targets.json")

# One that waited until it expired is passed over: a new one is issued.
expired, expired_key = expired_certificate()
latest = max(int(name) for name in os.listdir(home.path + "/certs/redis-1/generations"))
for name, text in (("tls.crt", read(expired)), ("tls.key", read(expired_key)), ("ca.crt", read(expired))):
    replace(latest, name, text)
home.run("rotate", "redis-1", *target)
expect_equal((home.generation(), home.connect(server.port).leaf), (latest + 1, home.leaf()), "after an expired one")
server.stop()
