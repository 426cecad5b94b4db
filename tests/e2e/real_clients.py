"""Clients that others have made, each with a session of its own: for whatever stands before Redis, or in its place."""

import threading

from harness import *


def redis_cli(home, port, certificate):
    words = ["redis-cli", "--tls", "--cacert", home.path + "/ca/root.crt", "-h", "localhost", "-p", port, *certificate]
    ask = lambda *more, **options: run(*words, *more, **options).stdout
    expect_equal(ask("FLUSHALL"), "OK\n", "redis-cli")
    expect_equal(ask("SET", "k", "a value"), "OK\n", "redis-cli")
    expect_equal(ask("-3", "GET", "k"), "a value\n", "redis-cli -3")
    expect_equal(ask("-x", "SET", "large", input="x" * 300_000), "OK\n", "redis-cli -x")
    expect_equal(ask("STRLEN", "large"), "300000\n", "redis-cli")
    lines = "".join(f"RPUSH list {number}\r\n" for number in range(5000))
    expect("replies: 5000" in ask("--pipe", input=lines), "redis-cli --pipe")
    expect_equal(ask("-r", "3", "LPOP", "list"), "0\n1\n2\n", "redis-cli -r")
    expect_equal(sorted(ask("--scan").split()), ["k", "large", "list"], "redis-cli --scan")
    expect("Biggest string found" in ask("--bigkeys"), "redis-cli --bigkeys")
    expect_equal(ask(input="MULTI\nINCR n\nINCR n\nEXEC\n"), "OK\nQUEUED\nQUEUED\n1\n2\n", "redis-cli, typed")
    expect(ask("NOSUCH").startswith("ERR unknown command 'NOSUCH'"), "redis-cli, an error")


def redis_benchmark(home, port, certificate):
    """Its whole default list."""
    words = ["redis-benchmark", "--tls", "--cacert", home.path + "/ca/root.crt", "-h", "localhost", "-p", port, *certificate,
             "-n", 2000, "-c", 20, "--csv"]
    for more in ([], ["-P", 16], ["-P", 16, "--threads", 2, "-r", 1000]):
        result = run(*words, *more)
        rows = [line for line in result.stdout.splitlines() if line.startswith('"')]
        expect(len(rows) == 21 and not "error" in (result.stdout + result.stderr).lower(), f"{more}: {result.stdout}{result.stderr}")


def python_redis(home, port, certificate):
    import redis
    tls = {"ssl": True, "ssl_ca_certs": home.path + "/ca/root.crt"}
    if certificate:
        tls |= {"ssl_certfile": certificate[1], "ssl_keyfile": certificate[3]}
    client = redis.Redis(host="localhost", port=port, decode_responses=True, client_name="python", **tls)
    client.flushall()
    expect(client.set("text", "äöü", ex=100) and client.get("text") == "äöü" and client.ttl("text") > 90, "strings")
    client.hset("hash", mapping={"a": 1, "b": 2})
    expect_equal(client.hgetall("hash"), {"a": "1", "b": "2"}, "hashes")
    client.rpush("list", *range(1000))
    expect_equal(client.lrange("list", -2, -1), ["998", "999"], "lists")
    client.sadd("set", "x", "y")
    expect_equal(client.smembers("set"), {"x", "y"}, "sets")
    client.zadd("sorted", {"low": 1.5, "high": 2.5})
    expect_equal(client.zrange("sorted", 0, -1, withscores=True), [("low", 1.5), ("high", 2.5)], "sorted sets")
    with client.pipeline(transaction=False) as pipe:
        for _ in range(2000):
            pipe.incr("counter")
        expect_equal(pipe.execute()[-1], 2000, "a pipeline")

    def add_two(pipe):
        now = int(pipe.get("counter"))
        pipe.multi()
        pipe.set("counter", now + 2)

    expect_equal(client.transaction(add_two, "counter"), [True], "WATCH, MULTI, EXEC")
    expect_equal(sorted(client.scan_iter(count=2)), ["counter", "hash", "list", "set", "sorted", "text"], "SCAN")
    listener = client.pubsub()
    listener.subscribe("news")
    expect_equal(listener.get_message(timeout=5)["type"], "subscribe", "SUBSCRIBE")
    expect_equal(client.publish("news", "hello"), 1, "PUBLISH")
    expect_equal(listener.get_message(timeout=5)["data"], "hello", "what is published")
    threading.Timer(0.2, lambda: client.rpush("queue", "job")).start()
    expect_equal(client.blpop("queue", timeout=10), ("queue", "job"), "BLPOP")
    try:
        client.incr("text")
        raise AssertionError("INCR of a text")
    except redis.ResponseError as error:
        expect_equal(str(error), "value is not an integer or out of range", "an error")
    expect("connected_clients" in client.info(), "INFO")
    listener.close()
    client.close()


def node(script):
    def session(home, port, certificate):
        run("node", f"{SOURCE}/tests/clients/{script}", port, home.path + "/ca/root.crt", *certificate[1::2])
    return session


def s_client(home, port, certificate):
    """Lines typed into openssl s_client, which waits for the last reply."""
    words = ["openssl", "s_client", "-quiet", "-verify_return_error", "-connect", f"localhost:{port}", "-servername", "localhost",
             "-CAfile", home.path + "/ca/root.crt"]
    if certificate:
        words += ["-cert", certificate[1], "-cert_chain", certificate[1], "-key", certificate[3]]
    process = subprocess.Popen([str(w) for w in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    kill_at_end(process)
    process.stdin.write(b"SET typed here\r\nGET typed\r\nQUIT\r\n")
    process.stdin.flush()
    out, error = process.communicate(timeout=30)
    expect_equal(out, b"+OK\r\n$4\r\nhere\r\n+OK\r\n", f"s_client: {error}")


SESSIONS = [redis_cli, redis_benchmark, python_redis, node("session_ioredis.js"), node("session_node_redis.js"), s_client]


def run_sessions(home, port, with_certificate):
    """All of them, to what listens there with TLS."""
    certificate = ["--cert", home.file("app", "tls.crt"), "--key", home.file("app", "tls.key")] if with_certificate else []
    for session in SESSIONS:
        session(home, port, certificate)
