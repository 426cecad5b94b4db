"""A replica that dials its master over TLS: a peer lineage goes to both of its pairs, a client lineage to the one it dials
with; the link stays up; a pair with which it couldn't dial any more is rolled back, and a lost usage refused."""

from harness import *

home = Home()
home.run("issue", "server", "master", "--san", "localhost")
home.run("issue", "peer", "replica", "--san", "localhost")
home.run("issue", "client", "dialler")
home.run("issue", "client", "app")
trust = home.path + "/trust/clients.crt"


def files(lineage):
    return home.file(lineage, "tls.crt"), home.file(lineage, "tls.key")


master = redis_server(*files("master"), trust, "--tls-replication", "yes")


def client(port):
    return Client(home.context(), port)


def link_is_up(server):
    return client(server.port).info("replication").get("master_link_status") == "up"


def dials_with(server):
    """The serial of what the replica would show to a master that it dials now."""
    listener = socket.create_server(("127.0.0.1", 0))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files("master"))
    context.load_verify_locations(home.path + "/ca/root.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    connection = client(server.port)
    connection.command("REPLICAOF", "127.0.0.1", listener.getsockname()[1])
    raw, _ = listener.accept()
    with context.wrap_socket(raw, server_side=True) as secured:
        leaf = sha256_of_der(secured.getpeercert(binary_form=True))
    connection.command("REPLICAOF", "127.0.0.1", master.port)
    wait_until(lambda: link_is_up(server), "the link to the master again")
    return leaf


def start(*directives):
    server = redis_server(*files("replica"), trust, "--tls-replication", "yes", "--replicaof", f"127.0.0.1 {master.port}",
                          *directives)
    wait_until(lambda: link_is_up(server), "the link to the master")
    return server


# One pair for both: what it shows to clients, it dials with.
replica = start()
home.run("rotate", "replica", "--target", f"localhost:{replica.port}", "--client", "app")
expect_equal(client(replica.port).leaf, home.leaf("replica", 2))
expect_equal(dials_with(replica), home.leaf("replica", 2), "what it dials with")
# A certificate that only serves would cut the link at its next try.
settings = home.path + "/certs/replica/lineage.json"
write_over = read(settings).replace('"peer"', '"server"')
with open(settings, "w") as file:
    file.write(write_over)
refused = home.run("-q", "rotate", "replica", check=False)
expect_refused(refused, 1, "the server also dials others with it", "issue it as 'peer'")
expect_equal(client(replica.port).leaf, home.leaf("replica", 2), "after the refusal")
replica.stop()

# A pair of its own to dial with, of a client lineage.
home.run("target", "forget", "replica", "--all")
certificate, key = files("dialler")
replica = start("--tls-client-cert-file", certificate, "--tls-client-key-file", key)
home.run("rotate", "dialler", "--target", f"localhost:{replica.port}", "--client", "app")
expect_equal(dials_with(replica), home.leaf("dialler", 2), "what it dials with")
expect_equal(client(replica.port).leaf, home.leaf("replica"), "what it shows to clients")

# The master doesn't trust what a new certificate comes from: nothing but a handshake with it shows that.
other = Home("other")
other.run("issue", "client", "dialler")
generation = home.path + "/certs/dialler/generations/0003"
home.run("issue", "client", "dialler")
for name in ("tls.crt", "tls.key", "ca.crt"):
    shutil.copy(other.file("dialler", name), generation)
rolled_back = home.run("-q", "rotate", "dialler", check=False)
expect_refused(rolled_back, 3, "rolled back to generation 2", f"127.0.0.1:{master.port}")
expect_equal(dials_with(replica), home.leaf("dialler", 2), "what it dials with after the way back")
replica.stop()
master.stop()
