"""Set-ups that are broken in one way each, of real servers: doctor names that cause, and nothing else."""

import http.server
import threading

from harness import *

home = Home().issue_usual()
home.run("issue", "server", "rsa", "--san", "localhost", "--key-type", "rsa-2048")
home.run("issue", "server", "elsewhere", "--san", "redis.example.com")
home.run("issue", "client", "leaver")
other = Home("other").issue_usual()
TRUST = home.path + "/trust/clients.crt"
ISSUING, ISSUING_KEY = home.path + "/ca/issuing.crt", home.path + "/ca/issuing.key"
seen = set()


def expect_cause(target, cause, *words, says="", **options):
    result = home.run("--json", "doctor", target, *words, "--timeout", "3s", check=False, **options)
    report = json.loads(result.stdout)
    found = report["cause"]["id"] if report["cause"] else None
    expect_equal(found, cause, f"what is wrong with {target} {words}: {json.dumps(report, indent=1)}")
    expect_equal(result.returncode, 2 if cause else 0, "exit")
    if cause:
        seen.add(cause)
        sentence = report["cause"]["sentence"] + " " + report["cause"]["remedy"]
        expect(says in sentence, f"{says!r} is not in: {sentence}")
        text = home.run("doctor", target, *words, "--timeout", "3s", check=False, **options).stdout
        expect(report["cause"]["sentence"] in text and "Do: " in text, text)


def at(server):
    return f"localhost:{server.port}"


def pair(name, of=home):
    return of.file(name, "tls.crt"), of.file(name, "tls.key")


def redis_with(certificate, key, *directives):
    return redis_server(certificate, key, TRUST, *directives)


def signed(name, *request, ca=ISSUING, ca_key=ISSUING_KEY):
    openssl("req", "-x509", "-CA", ca, "-CAkey", ca_key, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 10,
            "-subj", f"/CN={name}", *request, "-keyout", path(name + ".key"), "-out", path(name + ".crt"))
    return path(name + ".crt"), path(name + ".key")


# All is well: with redis-server, with the bundled one.
good = linked_redis_server(home)
expect_cause(at(good), None, "--client", "app")
bundled = serve(home)
expect_cause(at(bundled), None, "--client", "app")

# Before TLS
expect_cause("no-such-host.invalid:6380", "name-unknown")
expect_cause(f"localhost:{free_port()}", "nobody-listens", says="tls-port")
expect_cause("unix:" + path("no.sock"), "nobody-listens", says="unixsocket")
expect_refused(run(BINARY, "doctor", at(good), "--ciphers", "NOPE", check=False), 3, "--ciphers", "NOPE")
plain = free_port()
Process("redis", ["redis-server", "--port", plain, "--save", "", "--dir", path(".")], plain)
expect_cause(f"localhost:{plain}", "plaintext-port", says="tls-port")
http.server.SimpleHTTPRequestHandler.log_message = lambda *_: None
web = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=web.serve_forever, daemon=True).start()
expect_cause(f"localhost:{web.server_address[1]}", "not-redis")
good.process.send_signal(signal.SIGSTOP)
expect_cause(at(good), "silent", "--client", "app")
good.process.send_signal(signal.SIGCONT)

# The server's certificate
server = redis_with(*expired_certificate(ISSUING, ISSUING_KEY))
expect_cause(at(server), "expired", "--client", "app", says="2021")
server.stop()
expect_cause(at(good), "not-yet-valid", "--client", "app", says="date -u",
             env={**os.environ, "FAKETIME": "-30d", "LD_PRELOAD": "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
                  "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"})
expect_cause(at(good), "unknown-ca", "--client", "app", "--cacert", other.path + "/ca/root.crt", says="does not trust")
openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path("self.key"), "-out", path("self.crt"),
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
server = redis_with(path("self.crt"), path("self.key"))
expect_cause(at(server), "self-signed", "--client", "app")
server.stop()
server = redis_with(*pair("elsewhere"))
expect_cause(at(server), "name-mismatch", "--client", "app", says="redis.example.com")
expect_cause(at(server), None, "--client", "app", "--server-name", "redis.example.com")
server.stop()
leaf_only = write("leaf.crt", read(home.file("redis-1", "tls.crt")).split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n")
server = redis_with(leaf_only, home.file("redis-1", "tls.key"))
expect_cause(at(server), "incomplete-chain", "--client", "app", says="intermediate")
server.stop()
certificate, key = signed("localhost", "-addext", "extendedKeyUsage=clientAuth", "-addext", "subjectAltName=DNS:localhost")
server = redis_with(write("client-as-server.crt", read(certificate) + read(ISSUING)), key)
expect_cause(at(server), "wrong-purpose", "--client", "app")
server.stop()

# Nothing that both know; an RSA certificate with an EC key, which Redis takes.
server = redis_with(*pair("rsa"), "--tls-protocols", "TLSv1.1", "--tls-ciphers", "ALL:@SECLEVEL=0")
expect_cause(at(server), "protocol-mismatch", "--client", "app", says="TLSv1.1 only")
server.stop()
server = redis_with(*pair("redis-1"), "--tls-protocols", "TLSv1.3")
expect_cause(at(server), "protocol-mismatch", "--client", "app", "--protocol", "TLSv1.2", says="TLSv1.3 only")
server.stop()
expect_cause(at(good), "cipher-mismatch", "--client", "app", "--protocol", "TLSv1.2", "--ciphers", "ECDHE-RSA-AES128-GCM-SHA256", says="ECDHE-RSA")
server = redis_with(home.file("rsa", "tls.crt"), home.file("redis-1", "tls.key"))
expect_cause(at(server), "no-usable-certificate", "--client", "app", says="shared cipher")
server.stop()

# The client's certificate, over TLS 1.3 and 1.2
home.run("revoke", "leaver")
home.run("crl")
crl = serve(home, "--tls-crl-file", home.path + "/trust/crl.pem")
as_client = lambda files: ("--client-cert", write("shown.crt", read(files[0]) + read(ISSUING)), "--client-key", files[1])
CLIENT = ("-addext", "extendedKeyUsage=clientAuth", "-addext", "basicConstraints=critical,CA:FALSE")
expired, expired_key = expired_certificate(ISSUING, ISSUING_KEY)
server_only = signed("server-only", "-addext", "extendedKeyUsage=serverAuth", "-addext", "basicConstraints=critical,CA:FALSE")
for protocol in ("TLSv1.3", "TLSv1.2"):
    server = redis_with(*pair("redis-1"), "--tls-protocols", protocol)
    expect_cause(at(server), "client-certificate-missing", says="redis-pki issue client")
    expect_cause(at(server), "client-ca-unknown", "--client-cert", other.file("app", "tls.crt"), "--client-key", other.file("app", "tls.key"))
    expect_cause(at(server), "client-certificate-expired", *as_client((expired, expired_key)), says="2021")
    expect_cause(at(server), "client-certificate-usage", *as_client(server_only))
    server.stop()
    expect_cause(at(crl), "client-certificate-revoked", "--client", "leaver", "--protocol", protocol)
expect_cause(at(crl), None, "--client", "app")
crl.stop()

# After TLS
server = linked_redis_server(home, "--requirepass", "secret")
os.environ.update(GOOD="secret", BAD="wrong")
expect_cause(at(server), "password-missing", "--client", "app")
expect_cause(at(server), "password-wrong", "--client", "app", "--pass", "env:BAD")
expect_cause(at(server), None, "--client", "app", "--pass", "env:GOOD")
server.stop()
address = next(a for a in run("hostname", "-I").stdout.split() if ":" not in a)
server = serve(home, "--tls-auth-clients", "optional", "--bind", "127.0.0.1", address)
expect_cause(f"{address}:{server.port}", "protected-mode", "--server-name", "localhost")
server.stop()
server = linked_redis_server(home, "--maxclients", "1")
keeps = home.connect(server.port)
expect_equal(keeps.command("PING"), "+PONG")
expect_cause(at(server), "maxclients", "--client", "app")
keeps.close()
server.stop()
sidecar = serve(home, "--upstream", f"redis://127.0.0.1:{free_port()}")
expect_cause(at(sidecar), "upstream-down", "--client", "app")
sidecar.stop()
hanging = serve(home, "--upstream", f"redis://127.0.0.1:{good.port}")
good.process.send_signal(signal.SIGSTOP)
expect_cause(at(hanging), "hangs", "--client", "app")
good.process.send_signal(signal.SIGCONT)
hanging.stop()

expect(len(seen) >= 20, f"{len(seen)} causes: {sorted(seen)}")
page = read(f"{SOURCE}/man/redis-pki-doctor.1").replace("\\-", "-")
expect_equal([cause for cause in seen if cause not in page], [], "causes that the page does not name")
expect_refused(run(BINARY, "doctor", "no target", check=False), 3)
good.stop()
bundled.stop()
