"""A session ticket resumes under its own certificate, and leads to a full handshake after an installation."""

from harness import *

home = Home().issue_usual()
home.run("issue", "server", "redis-1")
server = serve(home)


def resumes(version):
    return "Reused, TLSv1" in home.s_client(server.port, version, "-sess_in", path("ticket" + version), input="QUIT\r\n")


def get_ticket(version):
    """Lets s_client answer PING before it ends: a TLS 1.3 server sends its ticket after the handshake."""
    certificate = home.file("app", "tls.crt")
    client = subprocess.Popen(["openssl", "s_client", "-connect", f"localhost:{server.port}", version, "-quiet", "-cert",
                               certificate, "-cert_chain", certificate, "-key", home.file("app", "tls.key"), "-sess_out",
                               path("ticket" + version)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    client.stdin.write(b"PING\r\n")
    client.stdin.flush()
    expect_equal(client.stdout.readline(), b"+PONG\r\n", version)
    client.stdin.write(b"QUIT\r\n")
    client.stdin.flush()
    client.wait(timeout=10)


for version in ("-tls1_2", "-tls1_3"):
    get_ticket(version)
    expect(resumes(version), f"{version}: the ticket does not resume")
    client = home.connect(server.port)
    other = 2 if client.leaf == home.leaf("redis-1", 1) else 1
    expect_equal(client.command("CONFIG", "SET", "tls-cert-file", home.file("redis-1", "tls.crt", other), "tls-key-file",
                                home.file("redis-1", "tls.key", other)), "+OK")
    expect(not resumes(version), f"{version}: a ticket of the previous certificate resumes")

# D7 of Redis and Valkey: without caching, a client that tries to resume is refused there.
client = home.connect(server.port)
expect_equal(client.command("CONFIG", "SET", "tls-session-caching", "no"), "+OK")
for version in ("-tls1_2", "-tls1_3"):
    expect(not resumes(version), "no caching means no resumption")
expect(int(client.info()["tls_handshakes_resumed_total"]) >= 2, "the server has not counted resumptions")
server.stop()
