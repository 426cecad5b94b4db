"""--drop-superseded gives redis-server, and valkey-server where it is unpacked, the two-certificate rule: connections on the
certificate before the previous one end, those on the current and the previous one stay, and so do replicas and plaintext."""

from harness import *

home = Home().issue_usual()
trust = home.path + "/trust/clients.crt"


def plain(port):
    connection = socket.create_connection(("127.0.0.1", port))

    def is_alive():
        connection.sendall(b"PING\r\n")
        return connection.recv(100).endswith(b"+PONG\r\n")

    return is_alive


for binary in REDIS_SERVERS:
    port = free_port()
    server = linked_redis_server(home, "--port", port, binary=binary)
    replica = redis_server(home.file("redis-1", "tls.crt"), home.file("redis-1", "tls.key"), trust, "--replicaof",
                           f"127.0.0.1 {port}", binary=binary)
    observer = home.connect(replica.port)
    wait_until(lambda: observer.info("replication").get("master_link_status") == "up", "the replica")
    target = ["--target", f"localhost:{server.port}", "--client", "app"]

    plaintext = plain(port)
    first = [home.connect(server.port) for _ in range(120)]
    first[0].command("SUBSCRIBE", "news")
    output = home.run("rotate", "redis-1", *target, "--drop-superseded").stdout
    expect("from the next rotation on" in output, output)
    expect(all(client.is_alive() for client in first[1:]), "previous connections after the first rotation")

    second = [home.connect(server.port) for _ in range(20)]
    output = home.run("rotate", "redis-1", "--drop-superseded").stdout
    expect(f"dropped the superseded connections to localhost:{server.port}" in output, output)
    expect(not any(client.is_alive() for client in first[1:]), "connections on the certificate before the previous one")
    expect(all(client.is_alive() for client in second), "connections on the previous certificate")
    expect(plaintext(), "a plaintext connection")
    expect_equal(observer.info("replication")["master_link_status"], "up", "the link of the replica")

    third = home.connect(server.port)
    home.run("rotate", "redis-1", "--no-issue")  # the same certificate again supersedes nothing
    home.run("rotate", "redis-1", "--drop-superseded")
    expect(not any(client.is_alive() for client in second), "the second's after the third")
    expect(third.is_alive(), "the third's")
    home.run("target", "forget", "redis-1", "--all")
    replica.stop()
    server.stop()
