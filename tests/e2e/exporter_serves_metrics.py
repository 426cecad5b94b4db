"""The exporter serves what check says, over HTTP: to curl, to promtool, and anew after a rotation."""

import re

from harness import *

home = Home().issue_usual()
server = serve(home)
port = free_port()
words = [BINARY, "--home", home.path, "exporter", "redis-1", f"localhost:{server.port}", "--listen", f"127.0.0.1:{port}", "--max-age", "1s"]
exporter = Process("exporter", words, port)


def get(where, *options):
    return run("curl", "-sS", "-i", *options, f"http://127.0.0.1:{port}{where}").stdout


page = get("/metrics")
head, metrics = page.split("\r\n\r\n", 1) if "\r\n\r\n" in page else page.split("\n\n", 1)
expect("200 OK" in head and "text/plain; version=0.0.4" in head, head)
lint = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True, text=True)
expect_equal((lint.returncode, lint.stdout + lint.stderr), (0, ""))
expect("404" in get("/nothing") and "/metrics" in get("/"), "the other pages")
expect("200 OK" not in get("/metrics", "-X", "POST"), "a POST")


def serials():
    return set(re.findall(r'x509_cert_not_after\{element="0".*serial_number="(\d+)"', get("/metrics")))


before = serials()
expect_equal(len(before), 1)
home.run("rotate", "redis-1", "--target", f"localhost:{server.port}", "--client", "app")
wait_until(lambda: len(serials()) == 1 and serials() != before, "the metrics of the new certificate")
server.stop()
wait_until(lambda: "\nx509_read_errors 1\n" in get("/metrics"), "the metric of a server that is gone")

# A second one on the same port, a wrong address, a wrong threshold: one line each.
expect_refused(home.run("exporter", "redis-1", "--listen", f"127.0.0.1:{port}", check=False), 1, "can't listen")
expect_refused(home.run("exporter", "redis-1", "--listen", "nowhere", check=False), 2, "write it like 127.0.0.1:9793")
expect_refused(home.run("exporter", "redis-1", "--warn", "120%", check=False), 2, "no share of a lifetime")
exporter.stop()
