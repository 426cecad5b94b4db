"""bench: what it counts is what the server counts; every kind of load is there; the key is gone, and the time kept; strangers are asked
for --yes."""

import re

from browser import Browser
from harness import *

home = Home().issue_usual()
SHORT = ("--duration", "6s", "--connections", "5", "--client", "app")


def bench(target, *words, **options):
    return home.run("--json", "bench", target, *SHORT, *words, **options)


def names(rows, without=()):
    return {(row["name"], row["over"]) for row in rows} - set(without)


def calls(port, command):
    stats = home.redis_cli(port, "INFO", "commandstats")
    found = re.search(rf"cmdstat_{command}:calls=(\d+)", stats)
    return int(found.group(1)) if found else 0


# A Redis that asks for certificates and has a plaintext port: all there is, and the server has counted the same.
plain_port = free_port()
redis = linked_redis_server(home, "--port", plain_port, "--tls-auth-clients", "optional")
began = time.monotonic()
report = json.loads(bench(f"localhost:{redis.port}", "--plaintext", f"localhost:{plain_port}").stdout)
took = time.monotonic() - began
expect(took < 60, f"bounded by --duration: {took}")
overs = ("plaintext", "TLSv1.2", "TLSv1.3")
expect_equal(names(report["commands"]), {(c, o) for c in ("GET", "SET", "GET -P 16", "SET -P 16") for o in overs}, "commands")
kinds = ("full", "resumed", "full, 8 at once", "full, no client certificate")
expect_equal(names(report["handshakes"]), {(k, o) for k in kinds for o in overs[1:]}, "handshakes")
expect_equal(report["server"], "Redis 7.0.15" if "7.0.15" in run("redis-server", "--version").stdout else report["server"])
expect_equal(report["key"], "EC P-256")
expect_equal([k["key_type"] for k in report["key_types"]], ["ec-p256", "ec-p384", "ed25519", "rsa-2048", "rsa-3072", "rsa-4096"])
for row in report["commands"] + report["handshakes"]:
    expect("not_measured" not in row, row)
    expect(row["count"] > 0 and row["per_second"] > 0 and row["server_cpu_us"] > 0 and row["own_cpu"] > 0, row)
    latencies = [row["latency_ms"][p] for p in ("p50", "p95", "p99", "p99.9")]
    expect(0 < latencies[0] and latencies == sorted(latencies), row)
for command in ("GET", "SET"):
    counted = sum(row["count"] for row in report["commands"] if row["name"].startswith(command))
    in_flight = 5 * (3 + 3 * 16) + 1  # when the time ends; and the SET that makes the key
    expect(counted <= calls(redis.port, command.lower()) <= counted + in_flight, f"{command}: {counted}, {calls(redis.port, command.lower())}")
handshakes = sum(row["count"] for row in report["handshakes"])
received = int(re.search(r"total_connections_received:(\d+)", home.redis_cli(redis.port, "INFO", "stats")).group(1))
expect(handshakes < received < handshakes + 150, f"{handshakes} handshakes, {received} connections")
expect_equal(home.redis_cli(redis.port, "DBSIZE").strip(), "0", "keys that are left")

# The bundled server, which demands a certificate, and counts what is resumed.
bundled = serve(home)
report = json.loads(bench(f"localhost:{bundled.port}").stdout)
expect(any("without a client certificate" in note for note in report["notes"]), report["notes"])
resumed = sum(row["count"] for row in report["handshakes"] if row["name"] == "resumed")
client = home.connect(bundled.port)
seen = int(client.info()["tls_handshakes_resumed_total"])
expect(resumed * 0.98 <= seen <= resumed, f"{resumed} resumed, the server says {seen}")  # one that we left at once may not count
expect_equal(client.command("DBSIZE"), 0)

# Interrupted, it leaves nothing.
for end in (signal.SIGINT, signal.SIGTERM):
    process = subprocess.Popen([BINARY, "--home", home.path, "bench", f"localhost:{redis.port}", *SHORT], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    wait_until(lambda: home.redis_cli(redis.port, "DBSIZE").strip() == "1", "the key")
    process.send_signal(end)
    _, error = process.communicate(timeout=30)
    expect(process.returncode == 1 and "interrupted" in error, error)
    expect_equal(home.redis_cli(redis.port, "DBSIZE").strip(), "0", "keys that are left")

# Who may not write says PING; what the server refuses is told and not measured.
home.redis_cli(redis.port, "ACL", "SETUSER", "watcher", "on", ">secret", "+ping")
secret = write("watcher.pass", "secret\n")
report = json.loads(bench(f"localhost:{redis.port}", "--user", "watcher", "--pass", f"file:{secret}").stdout)
expect_equal(names(report["commands"]), {(c, o) for c in ("PING", "PING -P 16") for o in overs[1:]})
expect(any("NOPERM" in note for note in report["notes"]), report["notes"])
expect(all(row["server_cpu_us"] is None for row in report["commands"]), "INFO is not allowed")
only13 = linked_redis_server(home, "--tls-protocols", "TLSv1.3", "--tls-session-caching", "no", "--tls-auth-clients", "no")
report = json.loads(bench(f"localhost:{only13.port}").stdout)
expect(any(note.startswith("TLSv1.2 not measured: ") for note in report["notes"]), report["notes"])
expect("TLSv1.2" not in {row["over"] for row in report["handshakes"]}, report["handshakes"])

# The page shows all of it, and asks the network for nothing.
page = path("cost.html")
home.run("bench", f"localhost:{only13.port}", *SHORT, "--format", "html", "--output", page)
browser = Browser(1000, 800)
browser.open("file://" + page)
expect_equal(browser.requests(), ["file://" + page.replace(" ", "%20")], "what the page asked for")
expect_equal(browser.run("document.querySelectorAll('svg').length"), 4, "charts")
expect(browser.run("document.querySelectorAll('svg rect').length") >= 20, "bars")
expect(browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), "it is too wide")

# What is wrong is said in a line, before any load.
for words, parts in ((("192.0.2.1:6380",), ("192.0.2.1", "--yes")), ((f"localhost:{redis.port}", "--plaintext", "192.0.2.1:1"), ("--yes",)),
                     ((f"redis://localhost:{plain_port}",), ("--plaintext",)), ((f"localhost:{redis.port}", "--threads", "51"), ("--threads",)),
                     ((f"localhost:{redis.port}", "--duration", "4s"), ("--duration",)),
                     ((f"localhost:{redis.port}", "--plaintext", "rediss://localhost:1"), ("--plaintext",))):
    expect_refused(home.run("bench", *words, check=False), 2, *parts)
expect_refused(home.run("bench", f"localhost:{free_port()}", check=False), 1, "connect")
gets = calls(redis.port, "get")
expect_refused(home.run("bench", f"localhost:{redis.port}", "--output", path("none/x.html"), check=False), 1, "none/x.html", "write")
expect_equal(calls(redis.port, "get"), gets, "GETs for a report that has no place")
expect_refused(home.run("bench", f"localhost:{redis.port}", "--cacert", home.file("app", "tls.crt"), check=False), 1, "not trusted")
expect_refused(home.run("bench", f"localhost:{redis.port}", "--plaintext", f"localhost:{free_port()}", check=False), 1, "--plaintext")
