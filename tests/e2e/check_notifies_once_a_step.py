"""check --notify tells of a certificate once at each step before its end, and when it is well again."""

from harness import *

home = Home()
told = path("told")
write("home/redis-pki.toml", f'[notify]\ncommand = ["sh", "-c", "echo $REDIS_PKI_EVENT >> {told}"]\n[check]\nwarn = "1d"\n'
      '[check."redis-2"]\nwarn = "80d"\n')
file = path("server.crt")
write("db", "")
conf = write("ca.cnf", f"[ca]\ndefault_ca=d\n[d]\nnew_certs_dir={path('.')}\ndatabase={path('db')}\npolicy=p\ndefault_md=sha256\n"
             "rand_serial=yes\nunique_subject=no\n[p]\ncommonName=supplied\n")
openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x", "-keyout", path("key"),
        "-out", path("csr"))


def end_in(days):
    stamps = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + d * 86400)) for d in (days - 365, days)]
    openssl("ca", "-batch", "-config", conf, "-selfsign", "-keyfile", path("key"), "-in", path("csr"), "-out", file, "-startdate",
            stamps[0], "-enddate", stamps[1], "-notext")


def events():
    home.run("check", file, "--notify", check=False)
    home.run("check", file, "--notify", check=False)  # a second time it is known
    lines = read(told).split() if os.path.exists(told) else []
    open(told, "w").close()
    return lines


for days, expected in ((300, []), (70, []), (59, ["expires_in_60d"]), (40, []), (29, ["expires_in_30d"]), (14, ["expires_in_15d"]),
                       (6, ["expires_in_7d"]), (-1, ["expired"]), (300, ["recovered"]), (29, ["expires_in_30d"])):
    end_in(days)
    expect_equal(events(), expected, f"{days} days before the end")
write("server.crt", "nothing\n")
expect_equal(events(), ["recovered", "check_unknown"])

# The settings: thresholds of all targets, and of one.
home.run("issue", "server", "redis-1")
home.run("issue", "server", "redis-2", "--lifetime", "75d")
expect_equal([home.run("check", name, check=False).returncode for name in ("redis-1", "redis-2")], [0, 1])
expect_equal(home.run("check", "redis-1", "--warn", "100%", check=False).returncode, 1)
write("home/redis-pki.toml", '[check."redis-2"]\nwarm = "80d"\n')
expect_refused(home.run("check", "redis-1", check=False), 3, "unknown setting 'warm'; did you mean 'warn'?")
write("home/redis-pki.toml", "")
expect_refused(home.run("check", "redis-1", "--notify", check=False), 3, "the settings name nobody")
