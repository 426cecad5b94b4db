"""maxclients, timeout, tls-handshake-timeout, tls-max-handshakes, maxmemory and protected-mode do what they promise."""

from harness import *

home = Home().issue_usual()
HALF_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


def ends_within(raw, seconds):
    raw.settimeout(seconds)
    try:
        while raw.recv(1000):
            pass
        return True
    except ConnectionError:
        return True
    except TimeoutError:
        return False


# maxclients
plain = free_port()
server = serve(home, "--maxclients", 5, "--port", plain)
clients = [home.connect(server.port) for _ in range(5)]
with socket.create_connection(("127.0.0.1", plain), timeout=10) as raw:
    expect_equal(raw.recv(100), b"-ERR max number of clients reached\r\n", "the sixth, in plaintext")
with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
    expect(ends_within(raw, 10), "the sixth, with TLS")
expect_equal(clients[0].info("stats")["rejected_connections"], "2", "rejected")
clients.pop().close()
wait_until(lambda: clients[0].info("clients")["connected_clients"] == "4", "one to leave")
expect(home.connect(server.port).is_alive(), "when there is room again")
expect_equal(clients[0].command("CONFIG", "SET", "maxclients", 3), "+OK")
expect(all(client.is_alive() for client in clients), "who is there stays")
server.stop()

# timeout: not for those who wait or listen
server = serve(home, "--timeout", 1)
idle, listener, waiter, busy = [home.connect(server.port) for _ in range(4)]
listener.command("SUBSCRIBE", "news")
waiter.send("BLPOP", "queue", 0)
expect_equal(idle.command("PING"), "+PONG")
for _ in range(8):
    time.sleep(0.5)
    expect(busy.is_alive(), "a busy client was dropped")
expect(not idle.is_alive(), "an idle client stays")
expect_equal(busy.command("PUBLISH", "news", "hello"), 1, "who listens")
expect_equal(listener.reply(), [b"message", b"news", b"hello"])
busy.command("RPUSH", "queue", "job")
expect_equal(waiter.reply(), [b"queue", b"job"], "who waits")
expect_equal(busy.info("stats")["idle_clients_dropped"], "1", "dropped")
server.stop()

# Handshakes that don't come to an end: half a ClientHello, none at all, byte by byte.
server = serve(home, "--tls-handshake-timeout", 2, "--port", plain)
client = home.connect(server.port)
silent, half, slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
half.sendall(HALF_HELLO)
began = time.monotonic()
ended = False
while not ended and time.monotonic() - began < 10:
    try:
        slow.sendall(b"\x16" if time.monotonic() - began < 0.1 else b"\x03")
    except ConnectionError:
        ended = True
    time.sleep(0.2)
expect(ended and ends_within(silent, 10) and ends_within(half, 10), "unfinished handshakes stay")
expect(client.is_alive(), "an established connection was dropped")
expect(int(client.info()["tls_handshakes_timed_out_total"]) >= 2, str(client.info()))
without_tls = socket.create_connection(("127.0.0.1", plain))
time.sleep(4)
without_tls.sendall(b"PING\r\n")
expect_equal(without_tls.recv(100), b"+PONG\r\n", "a plaintext client has no handshake to finish")
server.stop()

# The cap on unfinished handshakes ends the oldest, and never an established connection.
server = serve(home, "--tls-max-handshakes", 20)
client = home.connect(server.port)
halves = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
for half in halves:
    half.sendall(HALF_HELLO)
wait_until(lambda: int(client.info()["tls_handshakes_crowded_out_total"]) >= 80, "the oldest to be ended")
expect(home.connect(server.port).is_alive(), "a new client")
expect(ends_within(halves[0], 5), "the oldest stays")
server.stop()

# maxmemory: what takes memory is refused, what reads or frees is not.
server = serve(home)
client = home.connect(server.port)
expect_equal(client.command("CONFIG", "SET", "maxmemory", int(client.info("memory")["used_memory"]) + 20_000_000), "+OK")
REFUSED = "-OOM command not allowed when used memory > 'maxmemory'."
for number in range(40):
    client.command("SET", f"key{number}", b"x" * 1_000_000)
time.sleep(0.5)
expect_equal(client.command("SET", "more", "x"), REFUSED)
expect_equal(client.command("LPUSH", "list", "x"), REFUSED)
expect_equal(client.command("STRLEN", "key1"), 1_000_000)
expect_equal(client.command("MULTI"), "+OK")
expect_equal(client.command("SET", "more", "x"), REFUSED)
expect(client.command("EXEC").startswith("-EXECABORT"), "a transaction that takes memory")
deleted = client.command("DEL", *[f"key{number}" for number in range(40)])
expect(deleted > (0 if SANITIZED else 10), f"DEL: {deleted}")  # a sanitizer needs memory of its own for each key
if SANITIZED:  # what is freed stays in quarantine
    client.command("CONFIG", "SET", "maxmemory", 0)
wait_until(lambda: client.command("SET", "more", "x") == "+OK", "memory to be free again")
expect_equal(client.command("CONFIG", "SET", "maxmemory", "1"), "+OK")
wait_until(lambda: client.command("SET", "more", "x") == REFUSED, "a limit set while it runs")
server.stop()

# protected-mode: from another address, only with a certificate or a password.
address = next(a for a in run("hostname", "-I").stdout.split() if ":" not in a)
home.run("issue", "server", "redis-1", "--san", "localhost", "--san", address)
context = home.context(client=None)


def ask_from_outside(server, context, plain_port=None):
    """What a client at the host's own address is told, with no password."""
    raw = socket.create_connection((address, plain_port or server.port), timeout=10)
    stream = raw if plain_port else context.wrap_socket(raw, server_hostname=address)
    try:
        stream.sendall(b"PING\r\n")
    except OSError:
        pass
    return stream.recv(200).decode()


bind = ["--bind", "127.0.0.1", address]
server = serve(home, *bind, "--tls-auth-clients", "optional", "--port", plain)
for answer in (ask_from_outside(server, context), ask_from_outside(server, context, plain)):
    expect(answer.startswith("-DENIED") and "protected-mode no" in answer, answer)
expect_equal(ask_from_outside(server, home.context()), "+PONG\r\n", "with a certificate")
expect_equal(home.connect(server.port, client=None).command("PING"), "+PONG", "from this host")
client = home.connect(server.port)
expect_equal(client.info("stats")["protected_mode_rejected_connections"], "2", "denied")
expect_equal(client.command("CONFIG", "SET", "requirepass", "secret"), "+OK")
expect_equal(ask_from_outside(server, context), "-NOAUTH Authentication required.\r\n", "with a password to be known")
expect_equal(client.command("CONFIG", "SET", "requirepass", ""), "+OK")
expect_equal(client.command("CONFIG", "SET", "protected-mode", "no"), "+OK")
expect_equal(ask_from_outside(server, context, plain), "+PONG\r\n", "unprotected")
server.stop()
