"""tls-auth-clients-user: a client certificate logs its user in, and nobody else is that user: not without a certificate, not with
a password that isn't asked for, not by a name with a NUL inside or a name that is stated twice."""

from embedded_nul import certificate_with_nul
from harness import *

home = Home().issue_usual()
ca, ca_key = home.path + "/ca/issuing.crt", home.path + "/ca/issuing.key"
home.run("issue", "client", "guest")
home.run("issue", "client", "by-uri", "--san", "URI:spiffe://example.org/worker")
NO_KEY = "-NOPERM this user has no permissions to access one of the keys used as arguments"
USERS = ["--user", "app", "on", "nopass", "~app:*", "&*", "+@all", "--user", "spiffe://example.org/worker", "on", "nopass", "~*", "+get"]


def connect(server, files=None):
    context = home.context(client=None)
    if files:
        chain = write("chain.crt", read(files[0]) + read(ca))
        context.load_cert_chain(chain, files[1])
    return Client(context, server.port)


def lineage(name):
    return home.file(name, "tls.crt"), home.file(name, "tls.key")


def is_user(server, files, name):
    expect_equal(connect(server, files).command("ACL", "WHOAMI"), name.encode(), f"who {files} is")


server = serve(home, "--tls-auth-clients", "optional", "--tls-auth-clients-user", "CN", *USERS)
is_user(server, lineage("app"), "app")
is_user(server, lineage("guest"), "default")
is_user(server, None, "default")
client = connect(server, lineage("app"))
expect_equal(client.command("SET", "app:1", "x"), "+OK", "its own key")
expect_equal(client.command("SET", "other", "x"), NO_KEY, "another key")
expect("user=app" in client.command("CLIENT", "LIST").decode(), "CLIENT LIST")

# Without its certificate, the user can't be reached.
stranger = connect(server)
for words in (["AUTH", "app", ""], ["AUTH", "app", "x"], ["HELLO", "2", "AUTH", "app", "x"]):
    expect(stranger.command(*words).startswith("-WRONGPASS"), f"{words}")
expect_equal(stranger.command("ACL", "WHOAMI"), b"default", "who it is after that")
expect_equal(connect(server, lineage("guest")).command("AUTH", "app", "x")[:10], "-WRONGPASS", "with another's certificate")

# A name that could be read in two ways names nobody.
nul = certificate_with_nul("nul", ca, ca_key, "-subj", "/CN=app~~~~.example.org")
is_user(server, nul, "default")
text = connect(server, nul).command("CLIENT", "LIST").decode()
expect("00.example" in text and "\0" not in text, f"how its subject is shown: {text}")
is_user(server, certificate_with_nul("at-end", ca, ca_key, "-subj", "/CN=app~~~~"), "default")
is_user(server, certificate_with_nul("twice", ca, ca_key, "-subj", "/CN=app/CN=app/O=~~~~"), "default")
is_user(server, certificate_with_nul("elsewhere", ca, ca_key, "-subj", "/O=app/OU=app/CN=other/ST=~~~~"), "default")

# One of another CA is none.
other = Home("other").issue_usual()
try:
    context = home.context(client=None)
    context.load_cert_chain(other.file("app", "tls.crt"), other.file("app", "tls.key"))
    Client(context, server.port).command("PING")
    raise AssertionError("a certificate of another CA was accepted")
except (ssl.SSLError, EOFError, ConnectionError):
    pass

# Who loses the user loses the connection; who logs in as another is that one.
admin = connect(server)
expect_equal(client.command("AUTH", "default", "x"), "+OK", "default needs no password")
expect_equal(client.command("ACL", "WHOAMI"), b"default", "who it is")
client = connect(server, lineage("app"))
expect_equal(admin.command("ACL", "SETUSER", "app", "off"), "+OK", "off")
is_user(server, lineage("app"), "default")
expect_equal(admin.command("ACL", "DELUSER", "app"), 1, "gone")
expect(not client.is_alive(), "its connection stays")
server.stop()

# By URI; and a default user that is off is reached by nobody.
server = serve(home, "--tls-auth-clients", "optional", "--tls-auth-clients-user", "URI", *USERS, "--user", "default", "off")
worker = connect(server, lineage("by-uri"))
expect_equal(worker.command("GET", "k"), None, "the user of the URI")
expect(worker.command("SET", "k", "v").startswith("-NOPERM"), "what it may not do")
for files in (None, lineage("app"), certificate_with_nul("uri", ca, ca_key, "-subj", "/CN=x", "-addext",
                                                         "subjectAltName=URI:spiffe://example.org/worker~~~~x")):
    expect_equal(connect(server, files).command("GET", "k"), "-NOAUTH Authentication required.", f"{files}")
server.stop()
