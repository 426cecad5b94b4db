"""init, issue, serve, rotate and check work together, seen by redis-cli and openssl s_client."""

from harness import *

home = Home("home", "--name", "Redis PKI").issue_usual()
server = serve(home)
expect_equal(home.redis_cli(server.port, "PING"), "PONG\n", "redis-cli")
expect_equal(home.redis_cli(server.port, "SET", "key", "value"), "OK\n", "redis-cli")


def served_by_openssl():
    shown = home.s_client(server.port, "-verify_return_error", "-verify_hostname", "localhost", input="PING\r\n")
    return sha256_of_der(ssl.PEM_cert_to_DER_cert(shown[shown.index("-----BEGIN") : shown.index("-----END") + 25]))


expect_equal(served_by_openssl(), home.leaf(), "the first certificate")
seen = {home.leaf()}
for number in range(2, 6):
    target = ["--target", f"localhost:{server.port}", "--client", "app"] if number == 2 else []
    result = home.json("rotate", "redis-1", *target)
    expect_equal((result["outcome"], result["to_generation"]), ("rotated", number))
    expect_equal(home.generation(), number, "current")
    expect_equal(served_by_openssl(), home.leaf(), f"certificate {number}, right after its rotation")
    seen.add(home.leaf())
expect_equal(len(seen), 5, "different certificates")
expect_equal(home.redis_cli(server.port, "GET", "key"), "value\n", "data after four rotations")

result = home.run("check", f"localhost:{server.port}", "redis-1")
expect_equal(result.stdout.count("OK "), 4, result.stdout)

waiting = home.json("issue", "server", "redis-1")
expect_equal((waiting["waits_for_rotation"], home.generation()), (True, 5), "issue behind a target's back")
expect_equal(home.json("rotate", "redis-1")["to_generation"], 6, "the generation that waited")
server.stop()
