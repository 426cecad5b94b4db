"""Clients that reconnect all the time, and clients that reconnect only when they are superseded, see no error
through 20 rotations; no increment is lost or done twice."""

import threading

from harness import *

ROTATIONS = 20
home = Home().issue_usual()
server = serve(home)
stop = threading.Event()
errors = []
increments = []


def increment(client, key):
    """One INCR; the reply tells whether it was done, and the connection may end only before it is executed."""
    return int(client.command("INCR", key))


def hasty(name):
    context = home.context()
    done = 0
    try:
        while not stop.is_set():
            client = Client(context, server.port)
            for _ in range(5):
                expect_equal(increment(client, name), done + 1, name)
                done += 1
            client.close()
    except Exception as error:
        errors.append(f"{name}: {type(error).__name__}: {error}")
    increments.append(done)


def steady(name):
    """Stays connected until the server ends the connection, which is right only when it is superseded."""
    context = home.context()
    done = 0
    try:
        client = Client(context, server.port)
        while not stop.is_set():
            try:
                value = increment(client, name)
            except (EOFError, ConnectionError, ssl.SSLEOFError):
                position = installed.index(client.leaf)
                expect(len(installed) - position > 2 or in_progress.is_set() and len(installed) - position == 2,
                       "dropped though its certificate is current or previous")
                client = Client(context, server.port)
                value = increment(client, name)
            expect_equal(value, done + 1, name)
            done += 1
    except Exception as error:
        errors.append(f"{name}: {type(error).__name__}: {error}")
    increments.append(done)


installed = [home.leaf()]
in_progress = threading.Event()
threads = [threading.Thread(target=hasty, args=(f"hasty{n}",)) for n in range(3)]
threads += [threading.Thread(target=steady, args=(f"steady{n}",)) for n in range(3)]
for thread in threads:
    thread.start()
for _ in range(ROTATIONS):
    in_progress.set()
    home.run("rotate", "redis-1", *(["--target", f"localhost:{server.port}", "--client", "app"] if len(installed) == 1 else []))
    installed.append(home.leaf())
    in_progress.clear()
    time.sleep(0.05)
stop.set()
for thread in threads:
    thread.join()
expect(not errors, errors)
expect(min(increments) > ROTATIONS, f"hardly any load: {increments}")
print(f"{ROTATIONS} rotations, {sum(increments)} increments, no error")
server.stop()
