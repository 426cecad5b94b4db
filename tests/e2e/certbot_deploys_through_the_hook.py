"""The real certbot issues and renews from the real pebble, and its deploy hook brings the certificate to a redis-server, proved;
when that fails, certbot's log says why, and the next renew does it, though the certificate is fresh."""

import re

from acme_server import Pebble
from harness import *

NAME = "redis.example.com"
home = Home()
home.run("issue", "server", "before", "--san", NAME)
home.run("issue", "client", "app")
pebble = Pebble(home)
own = {name: shutil.copy(home.file("before", name), path(name)) for name in ("tls.crt", "tls.key")}
server = redis_server(own["tls.crt"], own["tls.key"], home.path + "/trust/clients.crt")
trusted = write("trusted.crt", read(home.path + "/ca/root.crt") + read(pebble.root()))
directories = [f"--{name}-dir={path('certbot-' + name)}" for name in ("config", "work", "logs")]
environment = {**os.environ, "REQUESTS_CA_BUNDLE": pebble.ca, "PATH": os.path.dirname(BINARY) + ":" + os.environ["PATH"]}
write("home/redis-pki.toml", f"""[target.cache]
address = "localhost:{server.port}"
client = "app"
cacert = "{trusted}"
server-name = "{NAME}"
timeout = "2s"

[deploy-hook]
ca = "{path('pebble-root.crt')}"
""")
# What the README says, for this port and home.
command = re.search(r"^certbot (certonly .*) --deploy-hook '(redis-pki deploy-hook .*)'$", read(f"{SOURCE}/README.md"), re.M)
hook = command[2].replace("redis-pki", f"redis-pki --home {home.path}").replace("--target redis.example.com:6379", "--target cache")


def certbot(*words, **options):
    return run("certbot", *words, "-n", *directories, env=environment, **options)


def served():
    context = ssl.create_default_context(cafile=trusted)
    context.load_cert_chain(home.file("app", "tls.crt"), home.file("app", "tls.key"))
    return Client(context, server.port, host=NAME).leaf


def issued():
    pem = read(path(f"certbot-config/live/{NAME}/fullchain.pem"))
    return sha256_of_der(ssl.PEM_cert_to_DER_cert(pem[: pem.index("-----END") + 26]))


# The first certificate, into the files that the server reads.
certbot(*command[1].split(), "--http-01-port", str(pebble.http_port), "--server", pebble.directory, "--agree-tos",
        "--register-unsafely-without-email", "--deploy-hook", hook)
expect_equal(served(), issued(), "after the first issue")
first = issued()

# A renewal.
certbot("renew", "--force-renewal", "--no-random-sleep-on-renew")
expect(issued() != first, "it was not renewed")
expect_equal(served(), issued(), "after a renewal")
second = issued()

# The server is away when the hook comes.
server.process.send_signal(signal.SIGSTOP)
result = certbot("renew", "--force-renewal", "--no-random-sleep-on-renew", check=False)
server.process.send_signal(signal.SIGCONT)
log = "".join(read(path(f"certbot-logs/{name}")) for name in os.listdir(path("certbot-logs")))
expect("no answer to the TLS handshake in time" in log, f"certbot's log: {log[-2000:]}")
expect(issued() != second, "it was not renewed")
expect_equal(served(), second, "after a hook that failed")
status = home.json("status", NAME)[0]
expect_equal((status["issuer"], status["issued"], status["targets"][0]["verified"]), ("external", 3, 2))
home.run("renew")
expect_equal(served(), issued(), "after renew")
expect_equal(home.json("renew")[0]["result"], "nothing to do")

# lego and acme.sh say it with other variables; who says nothing is told what to do.
live = path(f"certbot-config/live/{NAME}")
for variables in ({"LEGO_CERT_PATH": live + "/fullchain.pem", "LEGO_CERT_KEY_PATH": live + "/privkey.pem"},
                  {"CERT_FULLCHAIN_PATH": live + "/fullchain.pem", "CERT_KEY_PATH": live + "/privkey.pem"}):
    home.run("deploy-hook", env={**environment, **variables})
expect_refused(home.run("deploy-hook", check=False), 2, "RENEWED_LINEAGE", "redis-pki deploy")
expect_refused(home.run("deploy-hook", check=False, env={**environment, "LEGO_CERT_PATH": "x"}), 2, "LEGO_CERT_KEY_PATH is not")
server.stop()
