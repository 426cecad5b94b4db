"""A backup that is made while others issue becomes a home in which every certificate is in the ledger, every link leads
somewhere, and everything works; a wrong passphrase and a damaged file change nothing."""

import threading

from harness import *

home = Home().issue_usual()
home.run("issue", "server", "owned", "--san", "localhost", "--owner", "nobody", "--mode", "0440")
secret, wrong = write("pass", "correct horse"), write("wrong", "wrong")
stop = threading.Event()
errors = []


def issue():
    while not stop.is_set():
        result = home.run("-q", "issue", "client", "busy", check=False)
        if result.returncode != 0:
            errors.append(result.stderr)


thread = threading.Thread(target=issue)
thread.start()
time.sleep(0.3)
backups = [path(f"backup{n}") for n in range(5)]
for backup in backups:
    home.run("backup", backup, "--passphrase", f"file:{secret}")
stop.set()
thread.join()
expect(not errors, errors[:3])

for backup in backups:
    expect_equal(os.stat(backup).st_mode & 0o777, 0o600)
    expect(b"PRIVATE KEY" not in open(backup, "rb").read(), "the backup shows a key")
    restored = Home.__new__(Home)
    restored.path = backup + ".home"
    restored.run("restore", backup, "--passphrase", f"file:{secret}")
    ledger = {row["sha256"] for row in restored.json("list")}
    for lineage in ("redis-1", "app", "busy", "owned"):
        expect(restored.leaf(lineage) in ledger, f"{lineage} is not in the ledger")
        for generation in os.listdir(f"{restored.path}/certs/{lineage}/generations"):
            expect(restored.leaf(lineage, int(generation)) in ledger, f"{lineage} {generation}")
        expect(restored.run("verify", lineage).stdout.endswith("ok\n"), lineage)
    expect_equal(os.stat(restored.path + "/ca").st_mode & 0o777, 0o700)
    expect_equal(os.stat(restored.path + "/ca/root.key").st_mode & 0o777, 0o600)
    key = os.stat(restored.file("owned", "tls.key"))
    expect_equal((key.st_mode & 0o777, key.st_uid), (0o440, os.stat(home.file("owned", "tls.key")).st_uid))
    restored.run("issue", "client", "app")
server = serve(restored)
expect(restored.connect(server.port).is_alive(), "the restored home does not serve")
server.stop()

damaged = path("damaged")
data = bytearray(open(backups[0], "rb").read())
data[len(data) // 2] ^= 1
open(damaged, "wb").write(data)
new = ["--home", path("new")]
expect_refused(run(BINARY, *new, "restore", backups[0], "--passphrase", f"file:{wrong}", check=False), 1, "the passphrase is wrong")
expect_refused(run(BINARY, *new, "restore", damaged, "--passphrase", f"file:{secret}", check=False), 1, "damaged")
expect_refused(run(BINARY, *new, "restore", secret, "--passphrase", f"file:{secret}", check=False), 1, "is no backup")
expect(not os.path.exists(path("new")), "a refused restore leaves a home")
expect_refused(home.run("restore", backups[0], "--passphrase", f"file:{secret}", check=False), 1, "is there already")
expect_refused(home.run("backup", path("x"), "--passphrase", "none", check=False), 2, "it needs a passphrase")
