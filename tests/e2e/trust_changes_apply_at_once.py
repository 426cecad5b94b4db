"""A new CA, CRL, client authentication, protocol or cipher applies to the next handshake and voids tickets; a client that a
new CRL revokes is dropped, others stay. CONFIG REWRITE keeps the file's comments."""

from harness import *

home = Home().issue_usual()
home.run("issue", "client", "leaver")
home.run("crl")
conf = write("server.conf", "# my server\nport 0\n\nbind 127.0.0.1 -::1\n# certificates\n"
             f"tls-cert-file {home.file('redis-1', 'tls.crt')}\ntls-key-file {home.file('redis-1', 'tls.key')}\n"
             f"tls-ca-cert-file {home.path}/trust/clients.crt\nmaxclients 500\n")
server = serve_words(home, conf)
port = server.port
admin = home.connect(port)


def ticket():
    client = Client(context, port)
    expect_equal(client.command("PING"), "+PONG")
    return client.socket.session


def resumes(session):
    raw = socket.create_connection(("127.0.0.1", port), timeout=10)
    tls = context.wrap_socket(raw, server_hostname="localhost", session=session)
    tls.sendall(b"PING\r\n")
    expect_equal(tls.recv(100), b"+PONG\r\n")
    return tls.session_reused


for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    context = home.context(version=version)
    for change in (["tls-ca-cert-file", home.path + "/ca/root.crt"], ["tls-auth-clients", "optional"], ["tls-auth-clients", "yes"],
                   ["tls-protocols", "TLSv1.2 TLSv1.3"], ["tls-ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384"],
                   ["tls-prefer-server-ciphers", "yes"], ["tls-session-cache-timeout", "600"],
                   ["tls-crl-file", home.path + "/trust/crl.pem"]):
        session = ticket()
        expect(resumes(session), f"{version}: a ticket does not resume")
        expect_equal(admin.command("CONFIG", "SET", *change), "+OK", change)
        expect(not resumes(session), f"{version}: a ticket outlives {change}")

# The revoked client is dropped, the others are not; its next handshake fails.
leaver, stayer = home.connect(port, client="leaver"), home.connect(port)
expect(leaver.is_alive() and stayer.is_alive(), "before the revocation")
home.run("revoke", "leaver")
home.run("crl")
expect_equal(admin.command("CONFIG", "SET", "tls-crl-file", home.path + "/trust/crl.pem"), "+OK")
wait_until(lambda: not leaver.is_alive(), "the revoked client to be dropped")
expect(stayer.is_alive(), "another client was dropped")
try:
    expect(not home.connect(port, client="leaver").is_alive(), "a revoked client is served")
except (OSError, EOFError):
    pass

# Protocols and ciphers of the next handshake.
expect_equal(admin.command("CONFIG", "SET", "tls-protocols", "TLSv1.3"), "+OK")
refused = run("openssl", "s_client", "-connect", f"localhost:{port}", "-tls1_2", check=False, input="")
expect("Cipher is (NONE)" in refused.stdout + refused.stderr, "TLS 1.2 is spoken")
expect(home.connect(port).is_alive(), "TLS 1.3 is not spoken")

before = read(conf)
for words in (["maxclients", "600"], ["requirepass", "two words"], ["tls-session-caching", "no"]):
    expect_equal(admin.command("CONFIG", "SET", *words), "+OK")
expect_equal(admin.command("CONFIG", "GET", "maxclients"), [b"maxclients", b"600"])
expect_equal(admin.command("CONFIG", "REWRITE"), "+OK")
after = read(conf)
kept = before.replace("maxclients 500", "maxclients 600").replace(f"{home.path}/trust/clients.crt", home.path + "/ca/root.crt")
expect(after.startswith(kept), after)
added = after[len(kept) :]
for line in ('requirepass "two words"', "tls-session-caching no", "tls-protocols TLSv1.3"):
    expect(line in added, added)
server.stop()
again = serve_words(home, conf)
port = again.port
client = home.connect(port)
expect(client.command("PING").startswith("-NOAUTH"), "the password of the rewritten file")
again.stop()
