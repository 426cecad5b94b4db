"""A thousand half ClientHellos, a thousand clients that never read, a byte-at-a-time client, KeyUpdates, renegotiation, resets
and half-closed connections: others are served, and memory stays bounded."""

import resource

from harness import *

COUNT = 200 if SANITIZED else 1000
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20000), hard))
home = Home().issue_usual()
server = serve(home)
client = home.connect(server.port)
expect_equal(client.command("SET", "value", os.urandom(100_000)), "+OK")


def memory():
    status = read(f"/proc/{server.process.pid}/status")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) >> 10


def is_served(what):
    began = time.monotonic()
    expect(client.is_alive(), f"{what}: an old connection is not served")
    expect(home.connect(server.port).is_alive(), f"{what}: a new connection is not served")
    expect(time.monotonic() - began < 5, f"{what}: served only after {time.monotonic() - began:.1f} s")


halves = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(COUNT)]
for half in halves:
    half.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
is_served("half ClientHellos")
with_halves = memory()
expect(with_halves < 400 if SANITIZED else with_halves < 150, f"{with_halves} MiB for {COUNT} half ClientHellos")
for half in halves:
    half.close()

context = home.context()
deaf = []
for _ in range(COUNT):
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", server.port))
    tls = context.wrap_socket(raw, server_hostname="localhost")
    tls.setblocking(False)
    try:
        for _ in range(4):
            tls.send(b"GET value\r\n" * 100)  # 10 MB of replies
    except ssl.SSLWantWriteError:
        pass
    deaf.append(tls)
for _ in range(5):
    is_served("clients that never read")
    time.sleep(1)
with_deaf = memory()
expect(with_deaf < (3000 if SANITIZED else 1000), f"{with_deaf} MiB for {COUNT} clients that never read")
expect(client.is_alive(), "a reading client was dropped")
for tls in deaf:
    tls.close()



def s_client(lines, *words):
    """openssl s_client obeys a command letter only when it comes alone."""
    process = subprocess.Popen(["openssl", "s_client", "-connect", f"localhost:{server.port}", *words, "-CAfile",
                                home.path + "/ca/root.crt", *home.client_files()[2:], "-cert_chain",
                                home.file("app", "tls.crt")], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for line in lines:
        time.sleep(1.5)
        try:
            process.stdin.write(line.encode())
            process.stdin.flush()
        except BrokenPipeError:
            break
    return process.communicate(timeout=30)[0].decode(errors="replace")


# KeyUpdates in the middle of a conversation, from both sides; renegotiation is refused and hurts nobody else.
text = s_client(["PING\n", "k\n", "PING\n", "K\n", "PING\n", "PING\n" * 3000, "QUIT\n"], "-tls1_3")
expect_equal(text.count("+PONG"), 3003, text[-2000:])
expect_equal(text.count("KEYUPDATE"), 2, text[-2000:])
text = s_client(["PING\n", "R\n", "PING\n", "QUIT\n"], "-tls1_2")
expect("RENEGOTIATING" in text and "no renegotiation" in text, text[-2000:])
is_served("renegotiation")

# Half-closed: what was asked before the end is answered. Reset: nothing happens to others.
raw = socket.create_connection(("127.0.0.1", server.port), timeout=10)
tls = context.wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=True)
tls.sendall(b"PING\r\n" * 1000)
raw_fd = socket.socket(fileno=os.dup(tls.fileno()))
raw_fd.shutdown(socket.SHUT_WR)
answered = b""
while len(answered) < 7000:
    part = tls.recv(65536)
    if not part:
        break
    answered += part
expect_equal(answered, b"+PONG\r\n" * 1000, "a half-closed connection's replies")
for _ in range(40):
    reset = context.wrap_socket(socket.create_connection(("127.0.0.1", server.port)), server_hostname="localhost")
    reset.sendall(b"GET value\r\n" * 50)
    reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    reset.close()
is_served("resets")
print(f"{with_halves} MiB with half ClientHellos, {with_deaf} MiB with clients that never read")
server.stop()
