"""Every call of a rotation that changes the file system fails once, as on a full disk or for want of rights, or is the last
before a kill -9, with the link and in place: the pair on disk matches (in place, after a kill, the next run heals it), a
redis-server serves one of the two certificates, and the next run converges."""

import errno

from harness import *

STEP = 1 if LONG else 13
KILLED = -1


def matches(certificate, key):
    return openssl("x509", "-noout", "-pubkey", "-in", certificate) == openssl("pkey", "-pubout", "-in", key)


def files_of(home, in_place):
    if not in_place:
        return home.file("redis-1", "tls.crt"), home.file("redis-1", "tls.key")
    own = path("own")
    os.mkdir(own)
    for name in ("tls.crt", "tls.key"):
        shutil.copy(home.file("redis-1", name), own)
    return f"{own}/tls.crt", f"{own}/tls.key"


def each_failure(in_place):
    home = Home(f"home-{in_place}").issue_usual()
    certificate, key = files_of(home, in_place)
    server = redis_server(certificate, key, home.path + "/trust/clients.crt")
    home.run("rotate", "redis-1", "--target", f"localhost:{server.port}", "--client", "app")

    def rotate_failing(nth, reason):
        env = {**os.environ, "LD_PRELOAD": os.environ["FAULTS"], "FAIL_NTH": str(nth), "FAIL_ERRNO": str(reason),
               "FAIL_COUNT": path("count"), "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
        return home.run("-q", "rotate", "redis-1", check=False, env=env)

    expect_equal(rotate_failing(0, 0).returncode, 0, "without a failure")
    count = int(read(path("count")))
    codes = {}
    for nth in range(1, count + 1, STEP):
        for reason in (errno.ENOSPC, errno.EACCES, KILLED):
            what = f"call {nth} of {count}: {'killed' if reason == KILLED else os.strerror(reason)}"
            result = rotate_failing(nth, reason)
            codes[result.returncode] = codes.get(result.returncode, 0) + 1
            if reason == KILLED:
                expect_equal(result.returncode, -signal.SIGKILL, what)
            else:
                expect(result.returncode in (0, 1, 3, 4), f"{what}: {result.stderr}")
                expect(result.returncode == 0 or result.stderr.count("\n") == 1, f"{what}: {result.stderr}")
            if reason != KILLED or not in_place:
                expect(matches(certificate, key), what)
            expect(home.connect(server.port).is_alive(), what)
            again = home.run("-q", "rotate", "redis-1", check=False)
            if "rolled back" in again.stderr:  # that was the run before, and now it is settled
                again = home.run("-q", "rotate", "redis-1", check=False)
            expect_equal(again.returncode, 0, f"{what}, the next run: {again.stderr}")
            expect(matches(certificate, key), what)
            expect_equal(home.connect(server.port).leaf, home.leaf(), what)
            expect(not os.path.exists(home.path + "/certs/redis-1/rotation.journal"), what)
    expect(codes.get(1, 0) > 0 and (codes.get(3, 0) > 0 or not LONG), codes)
    server.stop()
    print(f"{'in place' if in_place else 'linked'}: {count} calls, exit codes {codes}")


for in_place in (False, True):
    each_failure(in_place)
