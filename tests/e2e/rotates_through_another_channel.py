"""The commands may go over a unix socket or plaintext, as an ACL user with the few rights that the manual names, with a
password from a file; the proof uses TLS all the same. Settings name a target. A Sentinel waits for its restart."""

from harness import *

home = Home().issue_usual()
port, unix = free_port(), path("redis.sock")
password = write("password", "secret-of-the-operator\n")
os.chmod(password, 0o600)
rights = "-@all +info +ping +client +config|get +config|set +config|rewrite"
server = linked_redis_server(home, "--port", port, "--unixsocket", unix, "--user", "operator", "on", ">secret-of-the-operator",
                             "resetkeys", *rights.split(), "--user", "guest", "on", ">guest", "-@all", "+ping", "+info", "--user",
                             "default", "off")
tls = f"localhost:{server.port}"


def served():
    return home.connect(server.port).leaf


def rotate(*words, **options):
    return home.run("rotate", "redis-1", "--client", "app", *words, check=False, **options)


for channel in (f"unix:{unix}", f"redis://127.0.0.1:{port}"):
    result = rotate("--target", tls, "--admin", channel, "--user", "operator", "--pass", f"file:{password}")
    expect_equal((result.returncode, served()), (0, home.leaf()), f"{channel}: {result.stderr}")
expect_refused(rotate("--target", f"unix:{unix}", "-q"), 2, "this one with --admin")
expect_refused(rotate("--target", tls, "-q", "--user", "operator", "--pass", "env:NOBODYS", env={**os.environ, "NOBODYS": "x"}), 1,
               "WRONGPASS")
expect_refused(rotate("--target", tls, "-q", "--user", "guest", "--pass", "env:GUEST", env={**os.environ, "GUEST": "guest"}), 1,
               "NOPERM", "+config|set")
home.run("target", "forget", "redis-1", "--all")

# The settings name it, and its password is asked for where they say.
write("home/redis-pki.toml", f"""[target.cache]
address = "{tls}"
admin = "unix:{unix}"
user = "operator"
pass = "file:{password}"
client = "app"
""")
generation = home.generation()
home.run("rotate", "redis-1", "--target", "cache")
home.run("rotate", "redis-1")
expect_equal((home.generation(), served()), (generation + 2, home.leaf()))
listing = home.run("target", "list", "redis-1").stdout
for word in (tls, "operator", "app", f"unix:{unix}"):
    expect(word in listing, listing)
expect("secret" not in read(home.path + "/certs/redis-1/targets.json"), "the password is written down")
expect_refused(home.run("rotate", "redis-1", "--target", "cach", check=False), 2, "cach")
server.stop()

# A Sentinel can't reload, and must be restarted.
directory = path("sentinel")
os.mkdir(directory)
port = free_port()
conf = write("sentinel/sentinel.conf", f"port 0\ntls-port {port}\nbind 127.0.0.1\ntls-cert-file {home.file('redis-1', 'tls.crt')}\n"
             f"tls-key-file {home.file('redis-1', 'tls.key')}\ntls-ca-cert-file {home.path}/trust/clients.crt\ndir {directory}\n")
sentinel = Process("sentinel", ["redis-server", conf, "--sentinel"], port)
home.run("target", "forget", "redis-1", "--all")
generation = home.generation()
expect_refused(rotate("-q", "--target", f"localhost:{port}"), 4, "restart these Sentinels", str(port))
expect_equal(home.generation(), generation + 1, "what it reads when it starts")
sentinel.stop()
sentinel = Process("sentinel", ["redis-server", conf, "--sentinel"], port)
home.run("rotate", "redis-1", "--no-issue")
expect_equal(home.connect(port).leaf, home.leaf("redis-1", generation + 1), "what it shows then")
sentinel.stop()
