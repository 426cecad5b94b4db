"""A real server is started from each bad example that it can show: another program sees the weakness, and the audit of the live
server finds it; redis-server, Valkey where it is there, and the bundled server. Nothing is changed by it."""

from harness import *

home = Home().issue_usual()
home.run("issue", "server", "rsa", "--san", "localhost", "--key-type", "rsa-2048")
PASSWORD = "x" * 40
os.environ["PASSWORD"] = PASSWORD


def audit(address, *words, code=None):
    result = home.run("--json", "audit", address, *words, check=False)
    report = json.loads(result.stdout)["results"][0]
    expect("failure" not in report, str(report))
    if code is not None:
        expect_equal(result.returncode, code, result.stdout)
    return {f["rule"]: f["detail"] for f in report["findings"]}


def s_client(port, *words):
    return run("openssl", "s_client", "-connect", f"localhost:{port}", "-CAfile", home.path + "/ca/root.crt", *words, check=False,
               input="PING\nQUIT\n").stdout


for binary in REDIS_SERVERS:
    files = (home.file("redis-1", "tls.crt"), home.file("redis-1", "tls.key"), home.path + "/trust/clients.crt")
    # As it should be: what is found is no more than information.
    good = ["--requirepass", PASSWORD, "--masterauth", PASSWORD, "--tls-prefer-server-ciphers", "yes"]
    server = redis_server(*files, *good, binary=binary)
    login = ("--client", "app", "--pass", "env:PASSWORD")
    found = audit(f"localhost:{server.port}", *login, code=0)
    expect(set(found) <= {"no-revocation", "only-default-user"}, f"a good {binary}: {found}")
    expect("hidden-settings" in audit(f"localhost:{server.port}", "--client", "app"), "without the password")
    server.stop()

    # Plaintext, seen by redis-cli.
    plain = free_port()
    server = redis_server(*files, "--port", plain, "--protected-mode", "no", "--bind", "0.0.0.0", binary=binary)
    expect_equal(run("redis-cli", "-p", plain, "PING").stdout, "PONG\n", "plaintext")
    found = audit(f"localhost:{server.port}", "--client", "app", code=2)
    expect("answers without TLS, and without a password" in found["plaintext-port"], str(found))
    expect("protected-mode-off" in found and "any-certificate-may-do-all" in found, str(found))
    found = audit(f"redis://127.0.0.1:{plain}", code=2)
    expect("plaintext-port" in found, f"the same through the plaintext port: {found}")
    server.stop()

    # No client certificate, seen by openssl.
    for mode, rule in (("no", "no-client-auth"), ("optional", "optional-client-auth")):
        server = redis_server(*files, "--tls-auth-clients", mode, binary=binary)
        expect("+PONG" in s_client(server.port, "-quiet"), f"{binary} with tls-auth-clients {mode}")
        found = audit(f"localhost:{server.port}", code=2)
        expect(rule in found and "no-password" in found, str(found))
        server.stop()

    # Old protocols and ciphers, seen by openssl.
    rsa = (home.file("rsa", "tls.crt"), home.file("rsa", "tls.key"), home.path + "/trust/clients.crt")
    server = redis_server(*rsa, "--tls-protocols", "TLSv1.1 TLSv1.2", "--tls-ciphers", "ALL:@SECLEVEL=0", *good, binary=binary)
    old = s_client(server.port, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
    expect("Protocol  : TLSv1.1" in old and "Verify return code: 0" in old, f"TLS 1.1 with openssl: {old[-1500:]}")
    expect("Cipher is AES128-SHA" in s_client(server.port, "-tls1_2", "-cipher", "AES128-SHA"), "a cipher without forward secrecy")
    found = audit(f"localhost:{server.port}", *login, code=2)
    expect("TLSv1.1" in found["old-protocols"] and "weak-ciphers" in found and "agreed to" in found["no-forward-secrecy"], str(found))
    hidden = audit(f"localhost:{server.port}", "--client", "app")
    expect("TLSv1.1" in hidden["old-protocols"] and "hidden-settings" in hidden, f"what is seen without a password: {hidden}")
    server.stop()

    # Replication in plaintext, and a file that says something else than the server does.
    master_port = free_port()
    master = redis_server(*files, "--port", master_port, binary=binary)
    port = free_port()
    conf = write(f"replica-{port}.conf", f"port 0\ntls-port {port}\ntls-cert-file {files[0]}\ntls-key-file {files[1]}\ntls-ca-cert-file {files[2]}\n"
                 f'dir {path(".")}\nsave ""\nreplicaof 127.0.0.1 {master_port}\n')
    replica = Process("replica", [binary, conf], port)
    wait_until(lambda: "master_link_status:up" in home.redis_cli(port, "INFO", "replication"), "the replica to follow in plaintext")
    before = home.redis_cli(port, "CONFIG", "GET", "*")
    home.redis_cli(port, "CONFIG", "SET", "tls-session-caching", "no")
    found = audit(f"localhost:{port}", "--client", "app", code=2)
    expect("plaintext-replication" in found and "no-session-caching" in found, str(found))
    expect("drift" not in found, "what the file doesn't say is no drift")
    with open(conf, "a") as file:
        file.write("tls-session-caching yes\ntls-auth-clients optional\n")
    drift = audit(f"localhost:{port}", "--client", "app")["drift"]
    expect("tls-session-caching is 'no' and would be 'yes' after a restart" in drift and "tls-auth-clients is 'yes'" in drift, drift)
    expect_equal(audit(f"redis://127.0.0.1:{master_port}", "--conf", conf)["drift"].count("tls-auth-clients"), 1, "a file that is named")
    home.redis_cli(port, "CONFIG", "SET", "tls-session-caching", "yes")
    expect_equal(home.redis_cli(port, "CONFIG", "GET", "*"), before, "what the audit has changed")
    replica.stop()
    master.stop()

# The bundled server: clients that have shown no certificate are counted, and a certificate that ends is told.
server = serve(home, "--tls-auth-clients", "optional", "--requirepass", PASSWORD)
strangers = [home.connect(server.port, client=None) for _ in range(3)]
for stranger in strangers:
    stranger.command("AUTH", PASSWORD)
known = home.connect(server.port)
found = audit(f"localhost:{server.port}", "--client", "app", "--pass", "env:PASSWORD", code=1)
expect_equal(found["optional-client-auth"], "3 of 5 clients have shown none", "how many clients")
server.stop()
expired, key = expired_certificate(home.path + "/ca/issuing.crt", home.path + "/ca/issuing.key")
server = redis_server(expired, key, home.path + "/trust/clients.crt")
found = audit(f"localhost:{server.port}", "--client", "app", code=2)
expect("expired" in found["expiry"], str(found))
server.stop()

# A proxy that ends TLS and asks for no certificate, before a server that says that it does.
plain = free_port()
behind = linked_redis_server(home, "--port", plain)
proxy = serve(home, "--tls-auth-clients", "no", "--upstream", f"redis://127.0.0.1:{plain}")
expect("+PONG" in s_client(proxy.port, "-quiet"), "through the proxy, without a certificate")
found = audit(f"localhost:{proxy.port}", "--client", "app", code=2)
expect("served-without-certificate" in found, str(found))
expect("served-without-certificate" not in audit(f"localhost:{behind.port}", "--client", "app"), "at the server itself")
proxy.stop()
behind.stop()
# A login that is refused stays told, also beside a file that can be read; --conf is for one live server.
server = linked_redis_server(home, "--requirepass", PASSWORD)
os.environ["WRONG"] = "wrong"
found = audit(f"localhost:{server.port}", "--client", "app", "--pass", "env:WRONG", "--conf", write("its.conf", "port 0\n"))
expect("WRONGPASS" in found["unread-files"] and "hidden-settings" in found, str(found))
server.stop()
expect_refused(run(BINARY, "audit", path("its.conf"), "--conf", path("its.conf"), check=False), 3, "--conf")
expect_equal(run(BINARY, "audit", f"localhost:{free_port()}", check=False).returncode, 3, "nobody there")
