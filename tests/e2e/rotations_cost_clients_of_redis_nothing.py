"""Rotations of redis-server (100 in the long run), and of valkey-server where it is unpacked, under redis-benchmark, a python3-redis pool
and an ioredis pool: no command fails, none is counted twice, and the time from swap to proof is short."""

import statistics
import threading

from harness import *

ROTATIONS = 100 if LONG else 25
home = Home().issue_usual()


def benchmark(port, log, stop, ended):
    """redis-benchmark, again and again: each run connects anew."""
    while not stop.is_set():
        with open(log, "a") as output:
            code = subprocess.run(["redis-benchmark", "--tls", *home.client_files(), "-h", "localhost", "-p", str(port), "-c",
                                   "20", "-n", "20000", "-t", "set,get", "-q"], stdout=output, stderr=output).returncode
        ended.append(code)


def python_pool(port, stop, counts, errors):
    import redis
    pool = redis.ConnectionPool.from_url(f"rediss://localhost:{port}", ssl_ca_certs=home.path + "/ca/root.crt",
                                         ssl_certfile=home.file("app", "tls.crt"), ssl_keyfile=home.file("app", "tls.key"))
    client = redis.Redis(connection_pool=pool)
    try:
        while not stop.is_set():
            client.incr("python")
            counts.append(1)
            if len(counts) % 50 == 0:
                pool.disconnect()  # also new connections, at any moment of a rotation
    except Exception as error:
        errors.append(repr(error))


def rotate_under_load(name, server):
    stop, ended, counts, errors = threading.Event(), [], [], []
    log = path(f"{name}-benchmark.log")
    threads = [threading.Thread(target=benchmark, args=(server.port, log, stop, ended)),
               threading.Thread(target=python_pool, args=(server.port, stop, counts, errors))]
    for thread in threads:
        thread.start()
    node = subprocess.Popen(["node", f"{SOURCE}/tests/clients/ioredis_pool.js", str(server.port), home.path + "/ca/root.crt",
                             home.file("app", "tls.crt"), home.file("app", "tls.key"), "10"], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    first = home.generation()
    home.run("target", "add", "redis-1", "--target", f"localhost:{server.port}", "--client", "app")
    times = []
    for number in range(1, ROTATIONS + 1):
        result = home.json("rotate", "redis-1")
        expect_equal((result["outcome"], result["to_generation"]), ("rotated", first + number))
        times.append(result["swap_to_proof_us"] / 1000)
        expect_equal(home.connect(server.port).leaf, home.leaf(), f"the certificate that {name} shows")
    stop.set()
    for thread in threads:
        thread.join()
    replies = json.loads(node.communicate("")[0])
    expect_equal(replies["errors"], [], f"ioredis on {name}")
    expect_equal(errors, [], f"python3-redis on {name}")
    text = read(log)
    expect(ended and set(ended) == {0} and "rror" not in text, f"redis-benchmark on {name}: {ended} {text[-1000:]}")
    for key, answered in (("python", len(counts)), ("ioredis", replies["answered"])):
        expect(answered > 100, f"no load: {answered} by {key}")
        expect_equal(int(home.redis_cli(server.port, "GET", key)), answered, f"{key} on {name}")
    print(f"{name}: {ROTATIONS} rotations, {len(counts)} and {replies['answered']} counted, {len(ended)} benchmarks, swap to "
          f"proof {statistics.median(times):.1f} ms (median), {max(times):.1f} ms (longest)")
    home.run("target", "forget", "redis-1", "--all")
    server.stop()


for binary in REDIS_SERVERS:
    rotate_under_load(os.path.basename(binary), linked_redis_server(home, binary=binary))
