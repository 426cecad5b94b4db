"""kill -9 at random moments of 'issue --batch': every certificate that exists is in the ledger, no generation is half
written, and the next run works."""

from harness import *

KILLS = 200 if LONG else 10
COUNT = 600  # more than a group, so that some kills fall between two
random.seed(3)


def batch_of(prefix):
    return write("batch.csv", "".join(f"client,{prefix}{i}\n" for i in range(COUNT)))


def expect_whole(home, prefix):
    """Checks all lineages with this prefix, and returns how many generations they have."""
    known = set(run("sqlite3", home.path + "/ledger.db", "SELECT sha256 FROM certificates").stdout.split())
    found = 0
    for name in os.listdir(home.path + "/certs"):
        if not name.startswith(prefix):
            continue
        lineage = f"{home.path}/certs/{name}"
        expect(os.path.exists(f"{lineage}/current/tls.key"), f"{name} has no current pair")
        for number in filter(str.isdigit, os.listdir(f"{lineage}/generations")):
            expect_equal(sorted(os.listdir(f"{lineage}/generations/{number}")), ["ca.crt", "tls.crt", "tls.key"], name)
            expect(home.leaf(name, int(number)) in known, f"{name}/{number} is not in the ledger")
            found += 1
    return found


between = 0
for kill in range(KILLS):
    if kill % 20 == 0:
        home = Home(f"home{kill}")
        began = time.monotonic()
        home.run("issue", "--batch", batch_of("known"))
        duration = time.monotonic() - began
        expect_equal(expect_whole(home, "known"), COUNT)
    prefix = "known" if kill % 2 else f"new{kill}-"  # the next generations, or new lineages
    before = expect_whole(home, prefix)
    process = subprocess.Popen([BINARY, "--home", home.path, "-q", "issue", "--batch", batch_of(prefix)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(random.uniform(0, 1.3 * duration))
    process.kill()
    process.wait()
    between += 0 < expect_whole(home, prefix) - before < COUNT
    home.run("issue", "client", "after")
    if kill % 10 == 9:
        home.run("prune", "--keep", "1")
home.run("issue", "--batch", write("batch.csv", "client,last\n"))
expect(not [name for name in os.listdir(home.path + "/certs") if name.startswith(".")], "leftovers")
print(f"{KILLS} batches killed, {between} of them while lineages appeared")
