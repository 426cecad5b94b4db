"""Thousands of connections are superseded by one installation: the last is closed within a second, and others are served
meanwhile."""

import resource
import select
import threading

from harness import *

COUNT = 10_000 if LONG else 500
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 3 * COUNT + 1000), hard))
home = Home().issue_usual()
for _ in range(2):
    home.run("issue", "server", "redis-1")
server = serve(home, "--maxclients", 2 * COUNT)
context = home.context()


def install(client, generation):
    return client.command("CONFIG", "SET", "tls-cert-file", home.file("redis-1", "tls.crt", generation), "tls-key-file",
                          home.file("redis-1", "tls.key", generation))


other = 1 if home.leaf() != home.leaf("redis-1", 1) else 2
third = next(g for g in (1, 2, 3) if g != other and home.leaf("redis-1", g) != home.leaf())
old = [Client(context, server.port) for _ in range(COUNT)]
expect_equal(install(old[0], other), "+OK")
admin, bystander = home.connect(server.port), home.connect(server.port)
slowest, stop = [0.0], threading.Event()


def ping():
    while not stop.is_set():
        began = time.monotonic()
        expect(bystander.is_alive(), "another connection was hurt")
        slowest[0] = max(slowest[0], time.monotonic() - began)


poller = select.epoll()
for client in old:
    poller.register(client.socket.fileno(), select.EPOLLRDHUP)
watcher = threading.Thread(target=ping)
watcher.start()
began = time.monotonic()
reply = install(admin, third)
answered = time.monotonic() - began
expect_equal(reply, "+OK")
closed = set()
while len(closed) < COUNT and time.monotonic() - began < 30:
    closed |= {fd for fd, _ in poller.poll(0.05, COUNT)}
    for fd in closed:
        try:
            poller.unregister(fd)
        except (FileNotFoundError, KeyError):
            pass
took = time.monotonic() - began
stop.set()
watcher.join()
expect_equal(len(closed), COUNT, "closed connections")
print(f"{COUNT} connections ended: answered after {answered * 1e3:.0f} ms, the last seen closed after {took * 1e3:.0f} ms; slowest "
      f"PING of another connection {slowest[0] * 1e3:.0f} ms")
expect_equal(bystander.info()["tls_superseded_dropped_total"], str(COUNT))
server.stop()
