"""renew issues what is due, deploys what is not served, waits after a failure and tries again, refreshes the CRL, and tells of
it once by command, webhook and mail; a second run is kept apart, and a clock that has jumped is not believed."""

import http.server
import threading

from harness import *

home = Home()
home.run("issue", "server", "redis-1", "--san", "localhost,127.0.0.1")
home.run("issue", "client", "app", "--lifetime", "1h")
server = linked_redis_server(home)
told = path("told")
hook = write("hook.sh", f"#!/bin/sh\necho \"$REDIS_PKI_EVENT $REDIS_PKI_SUBJECT\" >> {told}\ncat > /dev/null\n")
os.chmod(hook, 0o755)
posted = []


class Webhook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


webhook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(home.file("redis-1", "tls.crt"), home.file("redis-1", "tls.key"))
webhook.socket = tls.wrap_socket(webhook.socket, server_side=True)
threading.Thread(target=webhook.serve_forever, daemon=True).start()
write("home/redis-pki.toml", f"""[notify]
command = ["{hook}"]
webhook = "https://localhost:{webhook.server_address[1]}/hook"
cacert = "{home.path}/ca/root.crt"
""")


def events():
    return read(told).split("\n")[:-1] if os.path.exists(told) else []


def renew(*words, code=0):
    result = home.run("--json", "renew", *words, check=False)
    expect_equal(result.returncode, code, result.stderr + result.stdout)
    return {line["subject"]: line["result"] for line in json.loads(result.stdout)}


def retry_now():
    """As if the time for the next try had come."""
    file = home.path + "/certs/redis-1/renewal.json"
    state = json.loads(read(file))
    state["next_try"] = "2020-01-01T00:00:00Z"
    with open(file, "w") as opened:
        json.dump(state, opened)


expect_equal(renew(), {"app": "nothing to do", "redis-1": "nothing to do"})
target = ["--target", f"localhost:{server.port}", "--client", "app"]
home.run("rotate", "redis-1", *target)
expect_equal(renew("--force", "redis-1"), {"redis-1": "renewed"})
expect_equal((home.generation(), home.connect(server.port).leaf), (3, home.leaf()))

# What is issued and not served is deployed; nothing else is issued.
home.run("issue", "server", "redis-1")
expect_equal(renew("--dry-run"), {"app": "nothing to do", "redis-1": "would be deployed"})
expect_equal(renew("--no-deploy")["redis-1"], "would be deployed")
expect_equal(home.generation(), 3, "after --no-deploy")
expect_equal(renew()["redis-1"], "deployed")
expect_equal((home.generation(), home.connect(server.port).leaf), (4, home.leaf()))

# A deploy that fails is told once, waits, and is done by the run whose time has come.
home.run("issue", "server", "redis-1")
server.process.send_signal(signal.SIGSTOP)
home.run("target", "add", "redis-1", *target, "--timeout", "300ms")
expect_equal(renew(code=1)["redis-1"], "failed")
expect_equal(renew(code=1)["redis-1"], "waits")
retry_now()
expect_equal(renew(code=1)["redis-1"], "failed")
expect_equal(events(), ["renewal_failed redis-1"])
wait = json.loads(read(home.path + "/certs/redis-1/renewal.json"))
expect_equal(wait["failures"], 2)
server.process.send_signal(signal.SIGCONT)
retry_now()
expect_equal(renew()["redis-1"], "deployed")
expect_equal((home.generation(), home.connect(server.port).leaf), (5, home.leaf()))
expect_equal(events(), ["renewal_failed redis-1", "recovered redis-1"])
expect_equal([(message["event"], message["subject"]) for message in posted], [("renewal_failed", "redis-1"), ("recovered", "redis-1")])
expect("no answer" in posted[0]["text"], posted)

# One that is renewed elsewhere, and isn't: it is told once that it ends.
openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=other.example.com", "-days",
        "60", "-keyout", path("other.key"), "-out", path("other.crt"))
home.run("deploy", "--cert", path("other.crt"), "--key", path("other.key"), "--name", "other", "--target",
         f"localhost:{free_port()}", check=False)
settings = home.path + "/certs/other"
expired, expired_key = expired_certificate()
shutil.copy(expired, settings + "/generations/0001/tls.crt")
os.symlink("generations/0001", settings + "/current")
home.run("target", "forget", "other", "--all")
for _ in range(2):
    expect_equal(renew()["other"], "nothing to do")
expect_equal(events()[2:], ["expiring other"])
shutil.rmtree(settings)

# A CRL is made anew at half of its life, with the life that it had.
home.run("crl", "--lifetime", "4s")
first = read(home.path + "/trust/crl.pem")
expect_equal(renew()["crl.pem"], "nothing to do")
time.sleep(3)
expect_equal(renew()["crl.pem"], "renewed")
expect(read(home.path + "/trust/crl.pem") != first, "the CRL is the old one")

# Kept apart; usage; and a clock that has jumped.
lock = open(home.path + "/renew.lock", "w")
fcntl.flock(lock, fcntl.LOCK_EX)
expect_refused(home.run("renew", check=False), 1, "another 'redis-pki renew' is at work")
lock.close()
expect_refused(home.run("renew", "nobody", check=False), 1, "there is no lineage 'nobody'")
expect_refused(home.run("renew", "--force", check=False), 2, "say --all")
write("home/renew.json", '{"last_run": "2020-01-01T00:00:00Z"}')
expect_refused(home.run("renew", check=False), 1, "the clock has jumped from 2020-01-01T00:00:00Z", "--force")
expect_equal(home.generation(), 5)
server.stop()
