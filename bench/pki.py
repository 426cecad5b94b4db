"""The local PKI beside bare OpenSSL: bench/pki.py, after 'scripts/build' and with the target pki_bench built."""

import json
import os
import shutil
import subprocess
import tempfile
import time

BUILD = os.environ.get("BUILD", os.path.join(os.path.dirname(__file__), "..", "build", "release"))
BINARY = f"{BUILD}/bin/redis-pki"
COUNT = 20_000
RUNS = 5


def microbenchmarks(pattern):
    output = subprocess.run(
        [f"{BUILD}/bench/pki_bench", f"--benchmark_filter={pattern}", "--benchmark_format=json",
         "--benchmark_repetitions=5", "--benchmark_report_aggregates_only"],
        check=True, capture_output=True, text=True).stdout
    return {entry["run_name"]: entry["real_time"] / 1e9
            for entry in json.loads(output)["benchmarks"] if entry["aggregate_name"] == "median"}


def seconds(*command):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


def median(values):
    return sorted(values)[len(values) // 2]


def batch(directory):
    """Certificates a second of 'issue --batch', and of key and signature alone on one thread."""
    lines = os.path.join(directory, "batch.csv")
    with open(lines, "w") as file:
        file.writelines(f"server,s{i},s{i}.example.com\n" for i in range(COUNT))
    ratios = []
    for run in range(RUNS):
        bare = 1 / microbenchmarks("^key_and_signature$")["key_and_signature"]
        home = os.path.join(directory, f"home-{run}")
        subprocess.run([BINARY, "--home", home, "init", "--passphrase", "none"], check=True, stdout=subprocess.DEVNULL)
        ours = COUNT / seconds(BINARY, "--home", home, "issue", "--batch", lines)
        ratios.append(ours / bare)
        print(f"issue --batch   {ours:8.0f}/s   key and signature alone {bare:8.0f}/s   {ours / bare:.2f}x")
    print(f"issue --batch: median {median(ratios):.2f}x of key and signature alone on one thread")


def verify():
    times = microbenchmarks("^verify_")
    print(f"verify_chain: {times['verify_chain'] / times['verify_bare']:.2f}x the time of X509_verify_cert")


def show(directory):
    certificate = os.path.join(directory, "home-0", "certs", "s0", "current", "tls.crt")
    pairs = [(seconds(BINARY, "show", certificate), seconds("openssl", "x509", "-noout", "-subject", "-in", certificate))
             for _ in range(200)]
    ours, theirs = (median(side) for side in zip(*pairs))
    print(f"show FILE: {ours * 1e3:.1f} ms, {ours / theirs:.2f}x the time of openssl x509 -noout -subject")


directory = tempfile.mkdtemp(prefix="redis-pki-bench-", dir=os.environ.get("BENCH_DIRECTORY"))
try:
    batch(directory)
    verify()
    show(directory)
finally:
    shutil.rmtree(directory)
