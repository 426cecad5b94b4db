"""What an operator sees of the server: metrics that promtool accepts, the INFO fields that exporters read, CLIENT LIST, the wrong
protocol on a port, and log lines; a log that can be moved away, and a pid file."""

import re
import urllib.request

from harness import *
from wire import Wire

home = Home().issue_usual()
metrics_port, plain_port = free_port(), free_port()
log, pidfile = path("server.log"), path("server.pid")
server = serve(home, "--metrics-port", metrics_port, "--port", plain_port, "--logfile", log, "--pidfile", pidfile)
client = home.connect(server.port)


def metrics():
    text = run("curl", "-sSf", f"http://127.0.0.1:{metrics_port}/metrics").stdout
    checked = run("promtool", "check", "metrics", input=text)
    expect_equal(checked.stdout + checked.stderr, "", "what promtool says")
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if not line.startswith("#")}


def one(values, *parts):
    found = [value for name, value in values.items() if all(part in name for part in parts)]
    expect(len(found) == 1, f"{parts}: {found}")
    return found[0]


def end_of(certificate):
    ends = openssl("x509", "-in", certificate, "-noout", "-enddate", "-dateopt", "iso_8601").strip().split("=")[1]
    return int(run("date", "-d", ends, "+%s").stdout)


# Certificates, before and after one is installed.
first_end = end_of(home.file("redis-1", "tls.crt"))
values = metrics()
expect_equal(one(values, "redis_cert_expiry_timestamp", 'slot="current"'), first_end, "when it ends")
expect_equal(one(values, "redis_cert_connections", 'slot="current"'), 1, "its connections")
home.run("issue", "server", "redis-1", "--lifetime", "30d")
expect_equal(client.command("CONFIG", "SET", "tls-cert-file", home.file("redis-1", "tls.crt"), "tls-key-file", home.file("redis-1", "tls.key")), "+OK")
second = home.connect(server.port)
values = metrics()
expect_equal(one(values, "redis_cert_expiry_timestamp", 'slot="previous"'), first_end, "when the previous one ends")
expect_equal(one(values, "redis_cert_expiry_timestamp", 'slot="current"'), end_of(home.file("redis-1", "tls.crt")), "when the new one ends")
expect_equal(one(values, "redis_cert_connections", 'slot="previous"'), 1, "the connections of the previous one")
serial = openssl("x509", "-in", home.file("redis-1", "tls.crt"), "-noout", "-serial").strip().split("=")[1]
expect_equal(client.info()["tls_server_cert_serial"].lower(), serial.lower(), "the serial in INFO")
left = int(client.info()["tls_server_cert_expires_in_seconds"])
expect(abs(left - (end_of(home.file("redis-1", "tls.crt")) - time.time())) < 5, f"{left} seconds left")

# Handshakes: full, resumed, failed.
expect("session-id" in home.s_client(server.port, "-tls1_2", "-sess_out", path("session"), input="PING\nQUIT\n").lower(), "a session")
home.s_client(server.port, "-tls1_2", "-sess_in", path("session"), input="PING\nQUIT\n")
before = client.info()
try:
    Client(home.context(client=None), server.port).command("PING")
    raise AssertionError("without a certificate")
except (ssl.SSLError, EOFError, ConnectionError):
    pass
info = client.info()
expect_equal(int(info["tls_handshakes_failed_total"]), int(before["tls_handshakes_failed_total"]) + 1, "a failed handshake")
expect(int(info["tls_handshakes_resumed_total"]) >= 1 and int(info["tls_handshakes_full_total"]) >= 2, str(info))
expect("peer_did_not_return_a_certificate=1" in info["tls_handshakes_failed_by_reason"], info["tls_handshakes_failed_by_reason"])
expect(re.fullmatch(r"TLSv1.2=\d+,TLSv1.3=\d+", info["tls_protocols"]) and "AES" in info["tls_ciphers"], str(info))
values = metrics()
expect_equal(one(values, "redis_tls_handshake_errors_total", "peer did not return a certificate"), 1, "the same, as a metric")
expect_equal(one(values, "redis_tls_handshakes_total", "resumed"), int(info["tls_handshakes_resumed_total"]), "resumed")

# Who is connected.
listed = [line for line in client.command("CLIENT", "LIST").decode().splitlines() if f"id={client.command('CLIENT', 'ID')} " in line][0]
for part in ("tls-cert=1", "tls-version=TLSv1.3", "tls-cipher=TLS_AES_", "tls-client-subject=CN=app", "user=default", f"laddr=127.0.0.1:{server.port}"):
    expect(part in listed, f"{part}: {listed}")

# Plaintext on the TLS port is answered in plaintext, and TLS on the plaintext port with an alert; both are counted and logged.
for _ in range(3):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(b"PING\r\n")
        expect(raw.recv(100).startswith(b"-ERR this port speaks TLS") and raw.recv(100) == b"", "plaintext on the TLS port")
try:
    Client(home.context(), plain_port)
    raise AssertionError("TLS on the plaintext port")
except ssl.SSLError as error:
    expect("protocol" in str(error).lower(), str(error))
expect_equal(run("redis-cli", "-p", plain_port, "PING").stdout, "PONG\n", "plaintext where it belongs")
info = client.info()
expect_equal((info["tls_plaintext_rejected_total"], info["plaintext_tls_rejected_total"]), ("3", "1"), "what was counted")
expect_equal(one(metrics(), "redis_tls_plaintext_rejected_total"), 3, "as a metric")
text = read(log)
expect_equal(text.count("plaintext on the TLS port: peer=127.0.0.1:"), 1, "one line a minute")
expect_equal(text.count("TLS on the plaintext port: peer=127.0.0.1:"), 1, "one line a minute")

# A browser, or whoever makes it talk, is not talked to.
for line in (b"POST / HTTP/1.1\r\nHost: x\r\n\r\nFLUSHALL\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\nFLUSHALL\r\n"):
    client.command("SET", "stays", "x")
    with socket.create_connection(("127.0.0.1", plain_port), timeout=10) as raw:
        raw.sendall(line)
        answered = b""
        while part := raw.recv(1000):
            answered += part
        expect(b"+OK" not in answered, str(answered))
    expect_equal(client.command("EXISTS", "stays"), 1, "what HTTP did")
expect("HTTP on a RESP port: peer=127.0.0.1:" in read(log), read(log))

# The fields that redis_exporter and Redis' users look for.
FIELDS = """redis_version redis_mode run_id process_id tcp_port uptime_in_seconds config_file connected_clients blocked_clients maxclients used_memory
used_memory_rss used_memory_peak used_memory_lua maxmemory mem_fragmentation_ratio loading rdb_bgsave_in_progress aof_enabled total_connections_received total_commands_processed instantaneous_ops_per_sec total_net_input_bytes
total_net_output_bytes rejected_connections expired_keys evicted_keys keyspace_hits keyspace_misses pubsub_channels pubsub_patterns
latest_fork_usec role connected_slaves master_repl_offset used_cpu_sys used_cpu_user cluster_enabled db0""".split()
sections = {line.split(":")[0]: line.split(":", 1)[1] for line in client.command("INFO").decode().splitlines() if ":" in line}
expect_equal([field for field in FIELDS if field not in sections], [], "missing INFO fields")
expect_equal(int(sections["process_id"]), server.process.pid, "the pid")

# Hits and misses are those of Redis.
theirs = linked_redis_server(home)
counted = []
for wire in (Wire(client), Wire(home.connect(theirs.port))):
    wire.command("CONFIG", "RESETSTAT")
    for words in ("SET a 1", "GET a", "GET b", "MGET a b c", "EXISTS a b", "HSET h f v", "HGET h f", "HGETALL none", "LPUSH l x", "LRANGE l 0 1",
                  "LPOP none", "TTL a", "TYPE a", "INCR a", "DEL a", "SMEMBERS s", "ZRANGE z 0 1", "STRLEN a", "RANDOMKEY", "KEYS *"):
        wire.command(*words.split())
    text = wire.command("INFO", "stats")[1].decode()
    counted.append([line for line in text.splitlines() if line.startswith("keyspace_")])
expect_equal(counted[0], counted[1], "keyspace_hits and keyspace_misses")
theirs.stop()

# Each change of certificates is in the log, with who and whence; the log can be moved away while it is written.
installed = [line for line in read(log).splitlines() if "certificate installed:" in line]
expect_equal(len(installed), 2, "installed certificates")
for part in (f"sha256={home.leaf()}", "serial=", "not_after=", f"file={home.file('redis-1', 'tls.crt')}", "slot=2", "by=127.0.0.1:", "superseded_dropped=0"):
    expect(part in installed[1], f"{part}: {installed[1]}")
os.rename(log, log + ".1")
client = home.connect(server.port)
refused = client.command("CONFIG", "SET", "tls-cert-file", path("nowhere"))
expect(refused.startswith("-ERR"), refused)
expect("certificate refused: file=" + path("nowhere") + " by=127.0.0.1:" in read(log), "the new log")
expect("certificate refused" not in read(log + ".1"), "the old log")

expect_equal(int(read(pidfile)), server.process.pid, "the pid file")
server.stop()
expect(not os.path.exists(pidfile), "the pid file is removed")
expect_equal(read(server.log), "", "what goes to standard error while there is a log file")
refused = run(BINARY, "--home", home.path, "serve", "--lineage", "redis-1", "--tls-port", free_port(), "--logfile", path("no/dir"), check=False)
expect_refused(refused, 1, path("no/dir"))
