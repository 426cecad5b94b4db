"""Each bad certificate is refused, at the start and by CONFIG SET, with its reason in one line; the server goes
on as it was."""

from harness import *

home = Home().issue_usual()
other = Home("other").issue_usual()
home.run("issue", "server", "rsa", "--san", "localhost", "--key-type", "rsa-2048")
server = serve(home)
survivor = home.connect(server.port)
before = survivor.info()
cert, key = home.file("redis-1", "tls.crt"), home.file("redis-1", "tls.key")

garbage = write("garbage.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
text = write("text.pem", "hello\n")
expired, expired_key = expired_certificate()
disordered = write("disordered.crt", read(cert) + read(home.path + "/ca/issuing.crt"))

CASES = [
    ("a key of another pair", cert, home.file("app", "tls.key"), "the private key does not match the certificate"),
    ("an RSA certificate with an EC key (D1)", home.file("rsa", "tls.crt"), key, "does not match the certificate"),
    ("a certificate with the previous key", cert, other.file("redis-1", "tls.key"), "does not match the certificate"),
    ("garbage for a certificate", garbage, key, "holds a certificate that can't be read"),
    ("text for a certificate", text, key, "holds no PEM certificate"),
    ("text for a key", cert, text, "holds no PEM private key"),
    ("no such certificate", "/nope.crt", key, "/nope.crt: can't read: No such file or directory"),
    ("no such key", cert, "/nope.key", "/nope.key: can't read: No such file or directory"),
    ("a directory", "/", key, "not a regular file"),
    ("an expired certificate (D2)", expired, expired_key, "expired at"),
    ("a client certificate", home.file("app", "tls.crt"), home.file("app", "tls.key"), "may not be used by a server"),
    ("a chain in the wrong order", disordered, key, "put the leaf first"),
]
for name, bad_cert, bad_key, reason in CASES:
    for words in (["tls-cert-file", bad_cert, "tls-key-file", bad_key], ["certificate-key-pair", f"{bad_cert} {bad_key}"]):
        reply = survivor.command("CONFIG", "SET", *words)
        expect(reply.startswith("-ERR CONFIG SET failed") and "Unable to update TLS configuration: " in reply, reply)
        expect(reason in reply, f"{name}: {reply}")
    started = home.run("serve", "--tls-port", str(free_port()), "--tls-auth-clients", "no", "--tls-cert-file", bad_cert,
                       "--tls-key-file", bad_key, *MLOCK, check=False)
    expect_refused(started, 1, reason)

# A key that the server's user may not read. Root may read everything, so another user tries.
binary = shutil.copy(BINARY, path("redis-pki"))
os.chmod(key, 0o400)
if os.geteuid() == 0:
    refused = run(binary, "serve", "--tls-port", free_port(), "--tls-auth-clients", "no", "--tls-cert-file", cert,
                  "--tls-key-file", key, check=False, user="nobody", env={"HOME": "/", "REDIS_PKI_HOME": path("none")})
    expect_refused(refused, 1, f"{key}: can't read: Permission denied")

reply = survivor.command("CONFIG", "SET", "tls-ca-cert-file", text)
expect("holds no PEM certificate" in reply, reply)
reply = survivor.command("CONFIG", "SET", "tls-cert-file", cert, "tls-key-file", key, "tls-ciphers", "nonsense")
expect("tls-ciphers" in reply, reply)
reply = survivor.command("CONFIG", "SET", "tls-cert-file", cert, "tls-cert-file", cert)
expect("duplicate parameter" in reply, reply)
reply = survivor.command("CONFIG", "SET", "tls-cert-file", cert, "no-such", "1")
expect(reply.startswith("-ERR Unknown option or number of arguments for CONFIG SET - 'no-such'"), reply)

after = survivor.info()
for volatile in ("tls_server_cert_expires_in_seconds", "tls_ca_cert_expires_in_seconds"):
    before.pop(volatile), after.pop(volatile)
expect_equal(after, before, "INFO tls after all refusals")
expect_equal(survivor.command("CONFIG", "GET", "tls-cert-file"), [b"tls-cert-file", cert.encode()])
expect_equal(home.connect(server.port).leaf, home.leaf(), "new connections")
server.stop()
