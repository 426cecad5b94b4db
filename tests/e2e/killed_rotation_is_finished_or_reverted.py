"""kill -9 at random moments of a rotation: the pair on disk always matches, the server always serves, and the
next run brings everything to one generation."""

import random

from harness import *

KILLS = 500 if LONG else 25
home = Home().issue_usual()
server = linked_redis_server(home)
target = ["--target", f"localhost:{server.port}", "--client", "app"]
home.run("rotate", "redis-1", *target)
random.seed(7)
began = time.monotonic()
home.run("rotate", "redis-1")
duration = time.monotonic() - began

cut_off = 0
for _ in range(KILLS):
    process = subprocess.Popen([BINARY, "--home", home.path, "-q", "rotate", "redis-1"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    time.sleep(random.uniform(0, duration))
    process.kill()
    process.wait()
    openssl("x509", "-noout", "-pubkey", "-in", home.file("redis-1", "tls.crt"), "-out", path("a.pub"))
    openssl("pkey", "-pubout", "-in", home.file("redis-1", "tls.key"), "-out", path("b.pub"))
    expect_equal(read(path("a.pub")), read(path("b.pub")), "the pair on disk")
    expect(home.connect(server.port).is_alive(), "the server does not serve")
    cut_off += os.path.exists(home.path + "/certs/redis-1/rotation.journal")
    home.run("rotate", "redis-1")
    expect_equal(home.connect(server.port).leaf, home.leaf(), "the server after the next run")
    expect(not os.path.exists(home.path + "/certs/redis-1/rotation.journal"), "the journal is still there")
generations = os.path.join(home.path, "certs/redis-1/generations")
for name in os.listdir(generations):
    expect_equal(sorted(os.listdir(os.path.join(generations, name))), ["ca.crt", "tls.crt", "tls.key"], name)
# Every certificate that exists is in the ledger.
rows = run("sqlite3", home.path + "/ledger.db", "SELECT sha256 FROM certificates").stdout.split()
for name in os.listdir(generations):
    expect(home.leaf("redis-1", int(name)) in rows, f"generation {name} is not in the ledger")
print(f"{KILLS} rotations killed, {cut_off} of them between swap and commit")
server.stop()
