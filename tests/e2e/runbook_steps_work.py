"""The commands of redis-pki-runbook(7), typed one after another at a redis-server in the states that they are for."""

import re

from harness import *

page = read(f"{SOURCE}/man/redis-pki-runbook.7")
steps = {title: "".join(re.findall(r"^\.nf\n(.*?)^\.fi", text, re.S | re.M))
         for title, text in re.findall(r"^\.SH ([A-Z ]+)\n(.*?)(?=^\.SH|\Z)", page, re.S | re.M)}
steps = {title: text for title, text in steps.items() if text}
before = dict(os.environ)
set_clock(int(time.time()) - 91 * 86400)
home = Home()
home.run("issue", "server", "redis-1", "--san", "localhost")
home.run("issue", "client", "app")
port = free_port()


def start_redis():
    words = ["redis-server", "--port", 0, "--tls-port", port, "--bind", "127.0.0.1", "--unixsocket", path("redis.sock"), "--save", "",
             "--tls-cert-file", home.file("redis-1", "tls.crt"), "--tls-key-file", home.file("redis-1", "tls.key"),
             "--tls-ca-cert-file", home.path + "/trust/clients.crt"]
    return Process("redis", words, port)


def do(title):
    script = steps.pop(title).replace("localhost:6379", f"localhost:{port}").replace("/run/redis.sock", path("redis.sock"))
    environment = {**os.environ, "PATH": os.path.dirname(BINARY) + ":" + os.environ["PATH"], "REDIS_PKI_HOME": home.path}
    result = run("bash", "-ec", script, check=False, env=environment, cwd=path("."))
    expect_equal(result.returncode, 0, f"{title}:\n{script}\n{result.stdout}{result.stderr}")
    expect_equal(home.redis_cli(port, "PING"), "PONG\n", title)


expect_equal(os.path.basename(BINARY), "redis-pki", "the name that the runbook calls it by")
home.run("target", "add", "redis-1", "--target", f"localhost:{port}", "--client", "app")
home.run("backup", path("backup.pki"), "--passphrase", "file:" + write("backup.pass", "correct horse"))
os.environ.clear()
os.environ.update(before)

server = start_redis()
expect_equal(home.redis_cli(port, "PING", check=False), "", "a client with expired certificates")
do("A CERTIFICATE HAS EXPIRED")

home.run("rotate", "redis-1")
other = Home("other")
shutil.copy(other.path + "/ca/root.crt", home.path + "/trust/clients.crt")
run("redis-cli", "-s", path("redis.sock"), "CONFIG", "SET", "tls-ca-cert-file", home.path + "/trust/clients.crt")
expect_equal(home.redis_cli(port, "PING", check=False), "", "a client that is locked out")
# Only the second half can be done then; the first one is for after a rotation.
script = steps["CLIENTS ARE LOCKED OUT"]
first, second = script[: script.index("cp ")], script[script.index("cp ") :]
steps["CLIENTS ARE LOCKED OUT"] = second
do("CLIENTS ARE LOCKED OUT")
steps["CLIENTS ARE LOCKED OUT"] = first
do("CLIENTS ARE LOCKED OUT")

stolen = home.leaf()
do("THE KEY OF A SERVER WAS STOLEN")
expect(home.connect(port).leaf not in (stolen,), "the stolen key is served no more")
expect_equal(len(json.loads(home.run("--json", "list", "--revoked").stdout)), 1, "revoked")
do("THE KEY OF A CLIENT WAS STOLEN")

for key in ("root.key", "issuing.key"):
    os.unlink(f"{home.path}/ca/{key}")
expect_refused(home.run("issue", "client", "late", check=False), 1, "key of the CA is needed")
do("THE KEY OF THE CA IS LOST")
home.run("issue", "client", "late")
do("THE KEY OF THE CA WAS STOLEN")
expect_equal(list(steps), [], "steps that no test has done")
server.stop()
