"""A newcomer gets from nothing to a redis-server with a certificate of an ACME CA by copying the README's section, for pebble."""

import re

from acme_server import Pebble
from harness import *

ca = Home("ca")
pebble = Pebble(ca)
section = re.search(r"## From Let's Encrypt.*?```\n(.*?)```", read(f"{SOURCE}/README.md"), re.S)[1]
port = free_port()
server = path("redis")
os.mkdir(server)
commands = section.replace("https://acme-v02.api.letsencrypt.org/directory", pebble.directory).replace("redis-1.example.com", "localhost")
commands = re.sub(r"\b6379\b", str(port), commands).replace("redis-server ", f"redis-server --dir {server} --pidfile {server}/pid ")
# What is different on a machine that is not on the internet.
settings = write("settings.toml", f'[acme]\ncacert = "{pebble.ca}"\ntrust = "{pebble.root()}"\nhttp-port = {pebble.http_port}\n')
environment = {**os.environ, "PATH": os.path.dirname(BINARY) + ":" + os.environ["PATH"], "REDIS_PKI_HOME": path("new-home"),
               "REDIS_PKI_SETTINGS": settings}
target = f"--target localhost:{port}"
commands = commands.replace(target, f"{target} --cacert {pebble.root()}")
try:
    result = run("bash", "-ec", commands, env=environment, check=False)
    expect_equal(result.returncode, 0, f"{commands}\n{result.stdout}{result.stderr}")
    context = ssl.create_default_context(cafile=pebble.root())
    pem = read(path("new-home/certs/redis-1/current/tls.crt"))
    leaf = sha256_of_der(ssl.PEM_cert_to_DER_cert(pem[: pem.index("-----END") + 26]))
    expect_equal(Client(context, port).leaf, leaf)
finally:
    if os.path.exists(server + "/pid"):
        os.kill(int(read(server + "/pid")), signal.SIGTERM)
