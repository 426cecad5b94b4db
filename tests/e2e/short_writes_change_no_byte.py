"""A preloaded library makes the server's sends and receives short, interrupted and put off at random: not a byte changes."""

import threading

from harness import *

home = Home().issue_usual()
port = free_port()
preload = os.environ["SHORT_IO"]
words = ["env", f"LD_PRELOAD={preload}", "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0", BINARY, "--home", home.path,
         "serve", "--lineage", "redis-1", "--tls-port", port, *MLOCK, *THREADS]
server = Process("serve", words, port)
errors, moved = [], [0]


def work(seed):
    chance = random.Random(seed)
    version = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)[seed % 2]
    sent, received = hashlib.sha256(), hashlib.sha256()
    try:
        client = home.connect(port, version=version)
        for turn in range(40 if SANITIZED else 150):
            values = [chance.randbytes(chance.choice([1, 50, 16384, 70000])) for _ in range(chance.choice([1, 3, 20]))]
            for value in values:
                client.send("ECHO", value)
                sent.update(value)
                moved[0] += len(value)
            for _ in values:
                received.update(client.reply())
        if sent.digest() != received.digest():
            errors.append(f"{seed}: the bytes have changed")
        large = chance.randbytes(3 << 20)
        if client.command("SET", f"k{seed}", large) != "+OK" or client.command("GET", f"k{seed}") != large:
            errors.append(f"{seed}: a large value has changed")
    except (OSError, EOFError) as error:
        errors.append(f"{seed}: {error!r}")


threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
expect(not errors, errors)
print(f"{moved[0] >> 20} MiB each way")
server.stop()
