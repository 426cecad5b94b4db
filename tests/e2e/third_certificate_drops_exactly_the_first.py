"""Connections on certificates 1, 2 and 3: installing the third ends those of the first, and no others."""

from harness import *

home = Home().issue_usual()
server = serve(home)
home.run("rotate", "redis-1", "--target", f"localhost:{server.port}", "--client", "app", "--no-issue")


def connect_ten():
    leaf = home.leaf()
    clients = [home.connect(server.port, version=v) for v in [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3] * 5]
    for number, client in enumerate(clients):
        expect_equal(client.leaf, leaf, "the certificate of a new connection")
        expect_equal(client.command("SET", f"{leaf}-{number}", number), "+OK")
    return clients


silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]
half = []
for _ in range(5):
    half.append(socket.create_connection(("127.0.0.1", server.port)))
    half[-1].sendall(b"\x16\x03\x01\x02\x00\x01")  # the beginning of a ClientHello: it belongs to certificate 1
first = connect_ten()
home.run("rotate", "redis-1")
second = connect_ten()
expect(all(client.is_alive() for client in first), "a connection on the previous certificate was hurt")

# Replies that are owed when a certificate is superseded are still delivered.
for client in first:
    client.socket.settimeout(10)

home.run("rotate", "redis-1")
third = connect_ten()
expect(not any(client.is_alive() for client in first), "a connection still uses the first certificate")
expect(all(client.is_alive() for client in second), "a connection on the second certificate was hurt")
expect(all(client.is_alive() for client in third), "a connection on the third certificate was hurt")

info = third[0].info()
expect("number=3," in info["tls_cert_current"] and ",connections=10," in info["tls_cert_current"], info)
expect("number=2," in info["tls_cert_previous"] and ",connections=10," in info["tls_cert_previous"], info)
expect(f"sha256={home.leaf()}," in info["tls_cert_current"], info)
# Ten established ones, five half-done handshakes; silent connections belong to no certificate.
expect_equal(info["tls_superseded_dropped_total"], "15")
for connection in half:
    connection.settimeout(5)
    expect_equal(connection.recv(1), b"", "a half-done handshake on the first certificate")
for connection in silent:
    client = Client.__new__(Client)
    client.socket = home.context().wrap_socket(connection, server_hostname="localhost")
    client.buffer = bytearray()
    expect_equal(sha256_of_der(client.socket.getpeercert(binary_form=True)), home.leaf(), "a silent connection's")
    expect(client.is_alive(), "a silent connection was hurt")

# Rolling back to the previous certificate and forth again evicts nobody.
for generation in (2, 3, 2):
    words = [home.file("redis-1", "tls.crt", generation), home.file("redis-1", "tls.key", generation)]
    expect_equal(third[0].command("CONFIG", "SET", "tls-cert-file", words[0], "tls-key-file", words[1]), "+OK")
    expect_equal(home.connect(server.port).leaf, home.leaf("redis-1", generation), "after going back")
expect(all(client.is_alive() for client in second + third), "going back hurt a connection")
server.stop()
