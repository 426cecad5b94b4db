"""While certificates are installed one after another, clients connect, talk and leave: a connection answers only while its
certificate is one of the last two, half-done handshakes are ended too, no reply is lost or doubled, memory stays flat."""

import threading

from harness import *

INSTALLS = 10_000 if LONG else 60
WORKERS = 8
home = Home().issue_usual()
names = [f"s{i}" for i in range(INSTALLS)]
home.run("issue", "--batch", write("batch.csv", "".join(f"server,{name},localhost\n" for name in names)))
server = serve(home, lineage=names[0])
number_of = {home.leaf(name): number for number, name in enumerate(names)}
contexts = [home.context(version=version) for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)]
acknowledged = 0  # the number of the last certificate whose installation was answered with OK
stop = threading.Event()
violations, totals = [], {"replies": 0, "connections": 0, "ended": 0}
lock = threading.Lock()


def connect(seed):
    began = acknowledged
    try:
        client = Client(contexts[seed % 2], server.port)
    except (OSError, EOFError):
        return None  # its certificate was superseded during the handshake
    client.number = number_of[client.leaf]
    if client.number < began:
        violations.append(f"a connection begun after {began} got {client.number}")
    return client


def work(seed):
    """Counts in a key of its own: what was answered must be what was executed."""
    chance = random.Random(seed)
    key, answered, client = f"counter{seed}", 0, None
    while not stop.is_set():
        if client is None:
            client = connect(chance.randrange(2))
            totals["connections"] += 1
            continue
        known = acknowledged
        payload = chance.randbytes(chance.choice([1, 100, 20000]))
        try:
            client.send("INCR", key)
            try:
                client.send("ECHO", payload)
            finally:  # the reply to what was sent before is owed, also when the connection ends between the two
                count = client.reply()
                if count != answered + 1:
                    violations.append(f"{key}: INCR gave {count} after {answered}")
                    return
                answered += 1
            if client.reply() != payload:
                violations.append("an echo has changed")
            totals["replies"] += 2
            if client.number < known - 1:
                violations.append(f"certificate {client.number} answers after {known} was installed")
        except (OSError, EOFError):
            if client.number >= acknowledged - 1 and not stop.is_set():
                time.sleep(0.3)  # the third installation may not be acknowledged yet
                if client.number >= acknowledged - 1:
                    violations.append(f"a connection on {client.number} was ended while {acknowledged} was current")
            totals["ended"] += 1
            client.close()
            client = None
            continue
        if chance.random() < 0.02:
            client.close()
            client = None
    final = home.connect(server.port).command("GET", key)
    if int(final or 0) != answered:
        violations.append(f"{key}: {answered} answered, {final} executed")


def half_handshakes():
    """Connections that have sent the beginning of a ClientHello are ended with their certificate."""
    waiting = []
    while not stop.is_set():
        number = acknowledged
        half = socket.create_connection(("127.0.0.1", server.port))
        half.sendall(b"\x16\x03\x01\x02\x00\x01")
        waiting.append((number, half))
        time.sleep(0.05)
        for number, half in [entry for entry in waiting if entry[0] < acknowledged - 3]:
            half.settimeout(5)
            try:
                if half.recv(1) != b"":
                    violations.append("half a handshake was answered")
            except ConnectionResetError:
                pass
            except OSError as error:
                violations.append(f"half a handshake on {number} is there at {acknowledged}: {error}")
            waiting.remove((number, half))
            half.close()


def resources():
    status = read(f"/proc/{server.process.pid}/status")
    memory = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
    return memory, len(os.listdir(f"/proc/{server.process.pid}/fd"))


threads = [threading.Thread(target=work, args=(seed,)) for seed in range(WORKERS)] + [threading.Thread(target=half_handshakes)]
for thread in threads:
    thread.start()
admin = home.connect(server.port)
admin_number, early = 0, None
for number, name in enumerate(names[1:], 1):
    reply = admin.command("CONFIG", "SET", "tls-cert-file", home.file(name, "tls.crt"), "tls-key-file", home.file(name, "tls.key"))
    expect_equal(reply, "+OK", f"installation {number}")  # also when it ends the connection that asks
    acknowledged = number
    if number - admin_number >= 2:
        expect(not admin.is_alive(), "the installer's connection outlives its certificate")
        admin.close()
        admin, admin_number = home.connect(server.port), number
    if number == min(50, INSTALLS // 2):
        early = resources()
    time.sleep(0.02 if LONG else 0.05)
stop.set()
for thread in threads:
    thread.join()
late = resources()
expect(not violations, violations[:5])
expect(totals["replies"] > 10 * INSTALLS and totals["ended"] > INSTALLS / 10, totals)
expect(late[0] < early[0] * 1.5 + 20000, f"memory has grown from {early[0]} to {late[0]} kB")
expect(late[1] < early[1] + 50, f"descriptors have grown from {early[1]} to {late[1]}")
info = admin.info()
expect(f"number={INSTALLS}," in info["tls_cert_current"], info)
print(f"{INSTALLS} installations, {totals}, memory {early[0]} to {late[0]} kB")
server.stop()
