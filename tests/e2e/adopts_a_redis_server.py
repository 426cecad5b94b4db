"""A redis-server that reads its own paths is moved to the link by --adopt: its configuration file then says so."""

from harness import *

home = Home().issue_usual()
foreign = path("foreign")
os.mkdir(foreign)
for name in ("tls.crt", "tls.key"):
    shutil.copy(home.file("redis-1", name), foreign)
port = free_port()
conf = write("redis.conf", f"port 0\ntls-port {port}\nbind 127.0.0.1\n# a comment\ntls-cert-file {foreign}/tls.crt\n"
             f"tls-key-file {foreign}/tls.key\ntls-ca-cert-file {home.path}/trust/clients.crt\ndir {foreign}\nsave \"\"\n")
server = Process("redis-server", ["redis-server", conf], port)
target = ["--target", f"localhost:{port}", "--client", "app"]

home.run("rotate", "redis-1", *target, "--adopt")
expect_equal(home.connect(port).leaf, home.leaf("redis-1", 2), "after --adopt")
expect(f"tls-cert-file \"{home.file('redis-1', 'tls.crt')}\"" in read(conf).replace("tls-cert-file " + home.file('redis-1', 'tls.crt'), f"tls-cert-file \"{home.file('redis-1', 'tls.crt')}\""), read(conf))
expect("# a comment" in read(conf), "the comment is gone")
home.run("rotate", "redis-1")
expect_equal(home.connect(port).leaf, home.leaf("redis-1", 3), "after a plain rotation")
server.stop()
