"""Debian's redis-server, reading the lineage's link, is rotated under load without a failed command."""

import threading

from harness import *

home = Home().issue_usual()
server = linked_redis_server(home)
target = ["--target", f"localhost:{server.port}", "--client", "app"]
stop = threading.Event()
errors = []


def pooled():
    import redis
    pool = redis.ConnectionPool.from_url(f"rediss://localhost:{server.port}", ssl_ca_certs=home.path + "/ca/root.crt",
                                         ssl_certfile=home.file("app", "tls.crt"), ssl_keyfile=home.file("app", "tls.key"))
    client = redis.Redis(connection_pool=pool)
    try:
        while not stop.is_set():
            client.incr("counter")
            pool.disconnect()
    except Exception as error:
        errors.append(repr(error))


thread = threading.Thread(target=pooled)
thread.start()
for number in range(2, 12):
    home.run("rotate", "redis-1", *(target if number == 2 else []))
    expect_equal(home.generation(), number)
    expect_equal(home.connect(server.port).leaf, home.leaf(), "the certificate that redis-server shows")
stop.set()
thread.join()
expect(not errors, errors)
expect(int(home.redis_cli(server.port, "GET", "counter")) > 0, "no load")
server.stop()
