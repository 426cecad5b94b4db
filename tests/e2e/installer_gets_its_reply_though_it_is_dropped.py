"""The connection that installs a third certificate is told OK, also when it uses the first one itself."""

from harness import *

home = Home().issue_usual()
home.run("issue", "server", "redis-1")
home.run("issue", "server", "redis-1")
server = serve(home)


def install(client, generation):
    pair = f"{home.file('redis-1', 'tls.crt', generation)} {home.file('redis-1', 'tls.key', generation)}"
    return client.command("CONFIG", "SET", "certificate-key-pair", pair)


for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    for generation in (1, 2):
        expect_equal(install(home.connect(server.port), generation), "+OK", "preparing")
    oldest = home.connect(server.port, version=version)
    install(oldest, 1)  # back and forth: the connection is on 2, 1 is current
    bystander = home.connect(server.port)
    expect_equal(bystander.leaf, home.leaf("redis-1", 1))

    # Owed replies come before the reply, what follows the installation is not executed, and then it ends.
    oldest.send("SET", "before", "1")
    oldest.send("CONFIG", "SET", "certificate-key-pair",
                f"{home.file('redis-1', 'tls.crt', 3)} {home.file('redis-1', 'tls.key', 3)}")
    oldest.send("SET", "after", "1")
    expect_equal([oldest.reply(), oldest.reply()], ["+OK", "+OK"], "replies of the dropped installer")
    # The new certificate serves as soon as the reply can be seen.
    witness = home.connect(server.port)
    expect_equal(witness.leaf, home.leaf("redis-1", 3), "the certificate after the reply")
    expect(not oldest.is_alive(), "the installer still uses the oldest certificate")
    expect_equal([witness.command("EXISTS", "before"), witness.command("EXISTS", "after")], [1, 0])
    expect(bystander.is_alive(), "a connection on the previous certificate was hurt")
    witness.command("FLUSHALL")
    install(home.connect(server.port), 1)
server.stop()
