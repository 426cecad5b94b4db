"""Every call that changes the file system fails once, with ENOSPC or EACCES: there is one clear line, what was there is
whole, and the next run works."""

import errno

from harness import *

FAULTS = os.environ["FAULTS"]
STEP = 1 if LONG else 11
pristine = Home("pristine").issue_usual()
batch = write("batch.csv", "client,app\n" + "".join(f"server,s{i}\n" for i in range(5)))
home = object.__new__(Home)
home.path = path("home")


def fresh():
    shutil.rmtree(home.path, ignore_errors=True)
    shutil.copytree(pristine.path, home.path, symlinks=True)


def run_failing(words, nth, reason):
    env = {**os.environ, "LD_PRELOAD": FAULTS, "FAIL_NTH": str(nth), "FAIL_ERRNO": str(reason),
           "FAIL_COUNT": path("count"), "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
    return home.run(*words, check=False, env=env)


def serials_in_ledger():
    return {row["sha256"] for row in home.json("list")}


def expect_whole(what):
    """Every lineage has a current generation that verifies, and every certificate is in the ledger."""
    known = serials_in_ledger()
    for name in os.listdir(home.path + "/certs"):
        if name.startswith("."):
            continue
        if not os.path.exists(f"{home.path}/certs/{name}/lineage.json"):
            continue  # a directory without a lineage: nothing that 'list' or a server would see
        for number in os.listdir(f"{home.path}/certs/{name}/generations"):
            if number.isdigit():
                expect(home.leaf(name, int(number)) in known, f"{what}: {name}/{number} is not in the ledger")
        if os.path.islink(f"{home.path}/certs/{name}/current"):
            expect_equal(home.run("verify", name, check=False).returncode, 0, f"{what}: {name}")


def each_failure(words):
    fresh()
    expect_equal(run_failing(words, 0, 0).returncode, 0, f"{words} without a failure")
    count = int(read(path("count")))
    expect(count > 3, f"{words} makes {count} calls")
    refused = 0
    for nth in range(1, count + 1, STEP):
        for reason in [errno.ENOSPC, errno.EACCES]:
            fresh()
            result = run_failing(words, nth, reason)
            what = f"{words[0]}, call {nth} of {count}: {os.strerror(reason)}"
            if result.returncode != 0:
                refused += 1
                expect_refused(result, 1, "redis-pki: ")
            expect_whole(what)
            home.run(*words)
            expect_whole(what + ", and again")
    expect(refused > 0, f"{words}: nothing was refused")
    return f"{words[0]}: {count} calls, {refused} refusals"


for words in [["issue", "server", "redis-1"], ["issue", "client", "new", "--out", path("copies")],
              ["issue", "--batch", batch], ["crl"], ["prune", "--keep", "1"],
              ["export", "app", "--format", "pem", "--out", path("app.pem")],
              ["backup", path("backup"), "--passphrase", "env:HOME"]]:
    if words[0] == "backup" and os.path.exists(path("backup")):
        os.unlink(path("backup"))
    print(each_failure(words))
