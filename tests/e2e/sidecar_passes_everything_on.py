"""A sidecar before redis-server: clients see Redis through it, byte for byte and with back-pressure, its certificate is rotated
over its admin socket under load without a lost command, data clients can't touch it, and an upstream that is gone, hangs or isn't
trusted is told to the client."""

from fleets import *

ROTATIONS = 100 if LONG else 15
home = Home().issue_usual()
unix, admin = path("redis.sock"), path("admin.sock")
plain = free_port()
words = ["redis-server", "--port", plain, "--unixsocket", unix, "--save", "", "--dir", path(".")]
redis_server_process = Process("redis", words, plain)


def start_sidecar(*more, upstream=f"unix:{unix}", admin_socket=admin, lineage="redis-1"):
    port = free_port()
    text = home.run("conf", "sidecar", lineage, "--upstream", upstream, "--admin-socket", admin_socket, "--port", port).stdout
    conf = write(f"sidecar-{port}.conf", text + "".join(line + "\n" for line in more) + ("mlock no\n" if SANITIZED else ""))
    return Process("sidecar", [BINARY, "--home", home.path, "serve", conf, *THREADS], port)


sidecar = start_sidecar()
expect_equal(os.stat(admin).st_mode & 0o777, 0o600, "mode of the admin socket")
for line in read(path(f"sidecar-{sidecar.port}.conf")).splitlines():
    if not line.startswith("#"):
        name, value = line.split(" ", 1)
        expect_equal(run("redis-cli", "-s", admin, "CONFIG", "GET", name).stdout.splitlines(), [name, value.strip('"')], "its settings")
home.run("rotate", "redis-1", "--target", f"localhost:{sidecar.port}", "--admin", f"unix:{admin}", "--client", "app")

# What Redis can do, it can do through it.
import redis as redis_py
tls = {"ssl": True, "ssl_ca_certs": home.path + "/ca/root.crt", "ssl_certfile": home.file("app", "tls.crt"),
       "ssl_keyfile": home.file("app", "tls.key")}
client = redis_py.Redis(host="localhost", port=sidecar.port, **tls)
direct = redis_py.Redis(unix_socket_path=unix)
expect("redis_version" in client.info("server") and client.config_get("port")["port"] == str(plain), "it is Redis that answers")
value = random.Random(1).randbytes(20_000_000)
client.set("large", value)
expect_equal(hashlib.sha256(direct.get("large")).hexdigest(), hashlib.sha256(value).hexdigest(), "what arrived")
expect_equal(hashlib.sha256(client.get("large")).hexdigest(), hashlib.sha256(value).hexdigest(), "what came back")
with client.pipeline(transaction=True) as pipe:
    for number in range(5000):
        pipe.rpush("list", number)
    expect_equal(pipe.execute()[-1], 5000, "a transaction")
listener = client.pubsub()
listener.subscribe("news")
expect_equal(listener.get_message(timeout=5)["type"], "subscribe")
direct.publish("news", "hello")
expect_equal(listener.get_message(timeout=5)["data"], b"hello", "what is published")
waiting = threading.Thread(target=lambda: taken.append(client.blpop("empty", timeout=10)))
taken = []
waiting.start()
time.sleep(0.2)
direct.rpush("empty", "x")
waiting.join()
expect_equal(taken, [(b"empty", b"x")], "a blocking command")
try:
    client.config_set("certificate-key-pair", "/etc/passwd /etc/passwd")
    raise AssertionError("a data client reached the certificates")
except redis_py.ResponseError as error:
    expect("certificate-key-pair" in str(error), str(error))

# One that sends and doesn't read is not read from: what it is owed stays bounded.
deaf = home.connect(sidecar.port)
deaf.socket.settimeout(3)
direct.set("block", b"x" * 1_000_000)
try:
    for _ in range(2000):
        deaf.send("GET", "block")
except (TimeoutError, ssl.SSLError):
    pass
resident = int(next(line.split()[1] for line in read(f"/proc/{sidecar.process.pid}/status").splitlines() if line.startswith("VmRSS")))
expect(SANITIZED or resident < 150_000, f"{resident} kB")
expect(client.ping(), "the others are served")
deaf.close()

# Rotated under load.
fleet = Fleet(home, "replication", [sidecar], [sidecar])
load = Load(fleet)
for _ in range(ROTATIONS):
    home.run("-q", "rotate", "redis-1")
    expect_equal(home.connect(sidecar.port).leaf, home.leaf(), "what it shows")
    time.sleep(0.3)
print(f"{ROTATIONS} rotations, {load.stop()} commands counted once each")
expect("superseded" in run("redis-cli", "-s", admin, "INFO", "tls").stdout, "its own INFO")

# The upstream hangs, and dies.
redis_server_process.process.send_signal(signal.SIGSTOP)
stuck = home.connect(sidecar.port)
stuck.send("PING")
expect_equal(run("redis-cli", "-s", admin, "PING").stdout, "PONG\n", "the admin socket, while the upstream hangs")
# Who sends on to it is not read from: what waits for it stays bounded, and arrives when it goes on.
flooding = home.connect(sidecar.port)
flooding.socket.settimeout(3)
sent = 0
try:
    while sent < 400:
        flooding.send("APPEND", "flood", b"x" * 1_000_000)
        sent += 1
except TimeoutError:
    pass
expect(sent < 100, f"{sent} MB were taken for an upstream that takes nothing")
resident = int(next(line.split()[1] for line in read(f"/proc/{sidecar.process.pid}/status").splitlines() if line.startswith("VmRSS")))
expect(SANITIZED or resident < 150_000, f"{resident} kB")
redis_server_process.process.send_signal(signal.SIGCONT)
for number in range(1, sent + 1):
    expect_equal(flooding.reply(), number * 1_000_000, "what arrives when it goes on")
flooding.close()
expect_equal(stuck.reply(), "+PONG", "when it goes on")
redis_server_process.kill()
try:
    expect(not stuck.is_alive(), "a connection whose upstream has died")
except OSError:
    pass
refused = home.connect(sidecar.port).command("PING")
expect("-ERR the server behind this one can't be reached" in refused and unix in refused, refused)
redis_server_process = Process("redis", words, plain)
expect(home.connect(sidecar.port).is_alive(), "when it is there again")
sidecar.stop()
expect(not os.path.exists(admin), "the socket is removed")
redis_server_process.stop()

# An upstream with TLS is verified, and sees our certificate.
home.run("issue", "peer", "both", "--san", "localhost")
behind = linked_redis_server(home)
for host, mode, lets_in in (("localhost", "verify-full", True), ("127.0.0.1", "verify-full", True), ("localhost", "verify-ca", True)):
    sidecar = start_sidecar(f"tls-mode {mode}", upstream=f"rediss://{host}:{behind.port}", lineage="both")
    expect_equal(home.connect(sidecar.port).is_alive(), lets_in, f"{host} {mode}")
    sidecar.stop()
other = Home("other").issue_usual()
foreign = linked_redis_server(other)
sidecar = start_sidecar(upstream=f"rediss://localhost:{foreign.port}", lineage="both")
refused = home.connect(sidecar.port).command("PING")
expect("-ERR" in refused and "TLS failed" in refused, refused)
sidecar.stop()
expect_refused(run(BINARY, "serve", "--tls-port", free_port(), "--upstream", "http://x", check=False), 2, "upstream", "redis://HOST:PORT")
foreign.stop()
behind.stop()
