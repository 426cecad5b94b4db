"""tls-auto-reload-interval and SIGHUP: whatever changed in any of the files is served, a half-written pair is waited for,
a CONFIG SET wins; none of the defects D3 to D7 of Redis and Valkey is ours."""

from harness import *

home = Home().issue_usual()
home.run("issue", "server", "rsa", "--san", "localhost", "--key-type", "rsa-2048")
for _ in range(3):
    home.run("issue", "server", "redis-1")
other = Home("other").issue_usual()
mounted = path("mounted")
os.mkdir(mounted)


def put(lineage, generation, *files, of=home):
    for file in files or ("tls.crt", "tls.key"):
        shutil.copy(of.file(lineage, file, generation), f"{mounted}/.{file}")
        os.rename(f"{mounted}/.{file}", f"{mounted}/{file}")


def start(*directives):
    return serve_words(home, "--bind", "127.0.0.1", "--tls-cert-file", f"{mounted}/tls.crt", "--tls-key-file",
                       f"{mounted}/tls.key", "--tls-ca-cert-file", f"{mounted}/ca.crt", *directives)


def served():
    return home.connect(server.port).leaf


def refusals():
    return read(server.log).count("certificate refused")


shutil.copy(home.path + "/trust/clients.crt", f"{mounted}/ca.crt")
put("redis-1", 1)
server = start("--tls-auto-reload-interval", "1")
expect_equal(served(), home.leaf("redis-1", 1))

# A whole pair, and one whose key comes three seconds later, of another type (D3); refused once, not each second (D6).
put("redis-1", 2)
wait_until(lambda: served() == home.leaf("redis-1", 2), "the second generation")
put("rsa", 1, "tls.crt")
time.sleep(3)
expect_equal(served(), home.leaf("redis-1", 2), "while the key is missing")
expect_equal(refusals(), 1, "refusals of the same files")
put("rsa", 1, "tls.key")
wait_until(lambda: served() == home.leaf("rsa", 1), "the RSA pair")
put("redis-1", 2, "tls.key")
put("redis-1", 2, "tls.crt")
wait_until(lambda: served() == home.leaf("redis-1", 2), "back to EC")


# A change of the chain alone, and of a CA behind the first (D4).
def chain_length():
    return home.s_client(server.port, "-showcerts", input="QUIT\r\n").count("BEGIN CERTIFICATE")


expect_equal(chain_length(), 2)
pem = read(home.file("redis-1", "tls.crt", 2))
write("mounted/tls.crt", pem[: pem.index("-----END") + 26])
wait_until(lambda: chain_length() == 1, "the shorter chain")
write("mounted/tls.crt", pem)
wait_until(lambda: chain_length() == 2, "the longer chain")


def accepts_the_other():
    context = ssl.create_default_context(cafile=home.path + "/ca/root.crt")
    context.load_cert_chain(other.file("app", "tls.crt"), other.file("app", "tls.key"))
    try:
        return Client(context, server.port).is_alive()
    except (OSError, EOFError):
        return False


expect(not accepts_the_other(), "a client of another CA is accepted")
write("mounted/ca.crt", read(home.path + "/trust/clients.crt") + read(other.path + "/ca/root.crt"))
wait_until(accepts_the_other, "the second CA")

# Other settings that change more often than the interval passes don't put the reload off.
put("redis-1", 1)
client = home.connect(server.port)


def set_something():
    expect_equal(client.command("CONFIG", "SET", "maxclients", "999"), "+OK")
    return served() == home.leaf("redis-1", 1)


wait_until(set_something, "the first generation, while other settings change")

# A CONFIG SET wins over a reload (D5): the files of the old paths change at the same time.
client = home.connect(server.port)
for generation in (3, 4) * 5:
    put("redis-1", 1 + generation % 2)
    expect_equal(client.command("CONFIG", "SET", "tls-cert-file", home.file("redis-1", "tls.crt", generation), "tls-key-file",
                                home.file("redis-1", "tls.key", generation)), "+OK")
    client = home.connect(server.port)
    expect_equal(client.leaf, home.leaf("redis-1", generation), "after CONFIG SET")
time.sleep(2.5)
expect_equal(served(), home.leaf("redis-1", 4), "some time after CONFIG SET")
server.stop()

# Kubernetes: ..data is a link that moves; and SIGHUP without an interval.
shutil.rmtree(mounted)
os.makedirs(f"{mounted}/..1")
os.symlink("..1", f"{mounted}/..data")
for file in ("tls.crt", "tls.key", "ca.crt"):
    os.symlink(f"..data/{file}", f"{mounted}/{file}")
shutil.copy(home.path + "/trust/clients.crt", f"{mounted}/..1/ca.crt")
for file in ("tls.crt", "tls.key"):
    shutil.copy(home.file("redis-1", file, 1), f"{mounted}/..1/{file}")
server = start()
shutil.copytree(f"{mounted}/..1", f"{mounted}/..2")
for file in ("tls.crt", "tls.key"):
    shutil.copy(home.file("redis-1", file, 2), f"{mounted}/..2/{file}")
os.symlink("..2", f"{mounted}/..new")
os.rename(f"{mounted}/..new", f"{mounted}/..data")
expect_equal(served(), home.leaf("redis-1", 1), "before SIGHUP")
server.process.send_signal(signal.SIGHUP)
wait_until(lambda: served() == home.leaf("redis-1", 2), "SIGHUP")
write("mounted/..2/tls.key", "garbage\n")
server.process.send_signal(signal.SIGHUP)
wait_until(lambda: refusals() == 1, "the refusal in the log")
expect_equal(served(), home.leaf("redis-1", 2), "after garbage")
line = [text for text in read(server.log).splitlines() if "certificate installed" in text][-1]
for part in ("sha256=" + home.leaf("redis-1", 2), "by=SIGHUP", "file=", "slot=2", "superseded_dropped=0", "not_after="):
    expect(part in line, f"{part} is not in: {line}")
server.stop()
