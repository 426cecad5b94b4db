"""Ten processes issue at the same time: every certificate has its own serial and its row, and nothing fails."""

import threading

from harness import *

EACH = 200 if LONG else 20
home = Home()
errors = []


def issue(name):
    for _ in range(EACH):
        result = home.run("-q", "issue", "client", name, check=False)
        if result.returncode != 0:
            errors.append(result.stderr)


# Five lineages, two processes each: generations of one lineage are made at the same time too.
threads = [threading.Thread(target=issue, args=(f"client{n // 2}",)) for n in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
expect(not errors, errors[:3])
rows = [row for row in home.json("list") if row["profile"] == "client"]
expect_equal(len(rows), 10 * EACH, "rows")
expect_equal(len({row["serial"] for row in rows}), 10 * EACH, "serials")
on_disk = {home.leaf(f"client{n}", g) for n in range(5) for g in range(1, 2 * EACH + 1)}
expect_equal(on_disk, {row["sha256"] for row in rows}, "certificates on disk and in the ledger")
history = home.json("history", "client0")
expect_equal(len(history), 2 * EACH, "history")
removed = json.loads(home.run("--json", "prune", "--keep", "2").stdout)
expect_equal(len(removed), 5 * (2 * EACH - 2), "pruned generations")
for n in range(5):
    expect_equal(sorted(os.listdir(f"{home.path}/certs/client{n}/generations")), [f"{2 * EACH - 1:04d}", f"{2 * EACH:04d}"])
    expect(home.run("verify", f"client{n}").stdout.endswith("ok\n"), "what is left")
