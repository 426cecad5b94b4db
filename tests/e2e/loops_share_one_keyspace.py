"""With several event loops a command is one step for all clients: MSET and MGET see all keys or none, no INCR is lost,
whichever loop a client is on; and pipelines keep their order."""

import threading

from harness import *

home = Home().issue_usual()
server = serve(home, "--io-threads", 3)
KEYS = [f"part:{number}" for number in range(20)]
ROUNDS = 40 if SANITIZED else 300
errors = []


def client():
    return home.connect(server.port)


def write(number):
    mine = client()
    for turn in range(ROUNDS):
        value = f"{number}-{turn}"
        expect_equal(mine.command("MSET", *[word for key in KEYS for word in (key, value)]), "+OK")
        for _ in range(10):
            mine.send("INCR", "count")
        replies = [mine.reply() for _ in range(10)]
        expect_equal(replies, sorted(replies), "the order of a pipeline")


def read_all():
    mine = client()
    for _ in range(ROUNDS):
        values = mine.command("MGET", *KEYS)
        expect_equal(len(set(values)), 1, "values of one MSET")


def guard(work, *arguments):
    try:
        work(*arguments)
    except BaseException as error:
        errors.append(repr(error))


workers = [threading.Thread(target=guard, args=(write, number)) for number in range(4)]
workers += [threading.Thread(target=guard, args=(read_all,)) for _ in range(4)]
client().command("MSET", *[word for key in KEYS for word in (key, "first")])
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
expect_equal(errors, [])
expect_equal(client().command("GET", "count"), str(4 * ROUNDS * 10).encode())
threads = len(os.listdir(f"/proc/{server.process.pid}/task"))
expect(threads >= 3, f"{threads} threads")
server.stop()
for wrong in ("0", "129", "many"):
    expect_refused(run(BINARY, "--home", home.path, "serve", "--lineage", "redis-1", "--io-threads", wrong, check=False), 2, "io-threads",
                   "between 1 and 128")
