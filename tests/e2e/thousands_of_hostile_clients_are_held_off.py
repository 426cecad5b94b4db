"""5,000 connections, a fifth of them hostile: half a ClientHello, none that reads its replies, garbage, plaintext. All others are
served, memory stays bounded, and the counters and the log tell what has happened."""

import resource

from harness import *

SERVED, EACH = (800, 50) if SANITIZED else (4000, 250)
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20000), hard))
expect(resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 2 * (SERVED + 4 * EACH), "'ulimit -n' is too low for this test")
home = Home().issue_usual()
server = serve(home, "--tls-handshake-timeout", 15)
context = home.context()


def memory():
    status = read(f"/proc/{server.process.pid}/status")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) >> 10


def raw_connection():
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def deaf():
    """Asks for 20 MB and reads none of it."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", server.port))
    tls = context.wrap_socket(raw, server_hostname="localhost")
    tls.setblocking(False)
    try:
        tls.send(b"GET value\r\n" * 200)
    except ssl.SSLWantWriteError:
        pass
    return tls


def half():
    raw = raw_connection()
    raw.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    return raw


def garbage():
    raw = raw_connection()
    raw.sendall(b"\x16\x03\x01\x00\x20" + os.urandom(32))
    return raw


def plaintext():
    raw = raw_connection()
    raw.sendall(b"SET value hacked\r\n")
    return raw


started = time.monotonic()
first = Client(context, server.port)
expect_equal(first.command("SET", "value", os.urandom(100_000)), "+OK")
served = [first]
hostile = []
for number in range(SERVED):
    served.append(Client(context, server.port))
    if number % (SERVED // EACH) == 0:
        hostile += [make() for make in (deaf, half, garbage, plaintext)]
idle = memory()
expect_equal(len(hostile), 4 * EACH, "hostile clients")

# Everybody who behaves is served, again and again, while the others are there.
slowest = 0.0
for _ in range(3):
    for client in served:
        began = time.monotonic()
        expect_equal(client.command("ECHO", "hello"), b"hello", "a client that behaves")
        slowest = max(slowest, time.monotonic() - began)
expect(slowest < 10, f"served after {slowest:.1f} s")
expect(Client(context, server.port).is_alive(), "a new client")
most = memory()
expect(SANITIZED or most < 900, f"{most} MiB")

wait_until(lambda: int(first.info()["tls_handshakes_timed_out_total"]) >= EACH, "the half handshakes to be ended", 60)
wait_until(lambda: all(client.is_alive() for client in served), "the others to stay")
info, stats = first.info(), first.info("stats")
expect_equal(info["tls_plaintext_rejected_total"], str(EACH), "plaintext")
expect(int(info["tls_handshakes_failed_total"]) >= EACH, f"garbage: {info}")
expect_equal(int(first.info("clients")["connected_clients"]) >= len(served), True, "who is connected")
text = read(server.log)
minutes = 1 + (time.monotonic() - started) // 60
expect(1 <= text.count("plaintext on the TLS port") <= minutes, f"one line a minute about plaintext: {text}")
expect(len(text) < 1_000_000, f"a log of {len(text)} bytes")
for client in hostile:
    client.close()
print(f"{len(served)} served, the slowest in {slowest * 1000:.0f} ms; {idle} MiB with all, {most} MiB at most; {stats['slow_readers_dropped']} slow readers dropped")
server.stop()
