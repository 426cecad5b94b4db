"""A port that is taken and an address that is not there are told at the start. SIGTERM and SIGINT: replies that are owed are delivered, connections are closed, the exit code is 0."""

from harness import *

home = Home().issue_usual()
for number in (signal.SIGTERM, signal.SIGINT):
    server = serve(home)
    clients = [home.connect(server.port) for _ in range(10)]
    idle = socket.create_connection(("127.0.0.1", server.port))
    value = b"x" * 3_000_000
    expect_equal(clients[0].command("SET", "large", value), "+OK")
    clients[0].send("GET", "large")
    wait_until(lambda: home.connect(server.port).is_alive(), "the server")
    server.process.send_signal(number)
    expect(clients[0].reply() == value, "the reply that was owed")
    for client in clients:
        wait_until(lambda: not client.is_alive(), "the end of a connection", 2)
    expect_equal(server.process.wait(timeout=10), 0, read(server.log))
    expect("stopping" in read(server.log), read(server.log))
    idle.close()

server = serve(home)
taken = home.run("serve", "--lineage", "redis-1", "--tls-port", server.port, *MLOCK, check=False)
expect_refused(taken, 1, f"127.0.0.1:{server.port}: can't listen: Address already in use")
for addresses in (["192.0.2.1"], ["-192.0.2.1"]):
    missing = home.run("serve", "--lineage", "redis-1", "--tls-port", free_port(), "--bind", *addresses, *MLOCK, check=False)
    expect_refused(missing, 1, "192.0.2.1" if addresses == ["192.0.2.1"] else "this host has none of the addresses")
server.stop()
