"""redis-benchmark runs to its end without an error while a rotation takes place under it."""

from harness import *

REQUESTS = 100_000 if SANITIZED else 1_000_000
home = Home().issue_usual()
server = serve(home)
log = path("benchmark.log")
with open(log, "w") as output:
    benchmark = subprocess.Popen(["redis-benchmark", "--tls", *home.client_files(), "-h", "localhost", "-p",
                                  str(server.port), "-c", "50", "-n", str(REQUESTS), "-t", "set", "-q"],
                                 stdout=output, stderr=output)
observer = home.connect(server.port)
wait_until(lambda: ",connections=51," in observer.info()["tls_cert_current"], "the benchmark to connect")
home.run("rotate", "redis-1", "--target", f"localhost:{server.port}", "--client", "app")
info = observer.info()
expect("number=2," in info["tls_cert_current"], info)
expect(",connections=51," in info["tls_cert_previous"], f"connections were lost: {info}")
expect(benchmark.poll() is None, "the benchmark was over before the rotation")
expect_equal(benchmark.wait(timeout=500), 0, read(log)[-2000:])
text = read(log)
expect("rror" not in text, text[-2000:])
expect_equal(text.count("requests per second"), 1, text[-2000:])
expect_equal(observer.info()["tls_superseded_dropped_total"], "0")
server.stop()
