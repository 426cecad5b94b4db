"""Whether 'redis-pki bench' says what others say of the same redis-server: commands a second beside redis-benchmark, handshakes a second
beside openssl s_time; and what each of them needs of its own core to find out.

    scripts/bench cost        RUNS=7 alternating runs of each

The server has one core of its own, the load another. 'own CPU' near 100 %: the program measures itself more than the server. So with
50 connections there is a second server that strace slows down until it is the bottleneck for everybody."""

import json
import os
import re
import resource
import shutil
import subprocess
import tempfile
import time

from server import BINARY, Pki, Server, free_port, median

RUNS = int(os.environ.get("RUNS", "7"))
SECONDS = 1  # of one run of redis-benchmark or s_time, which are many: what slows the machine for a while slows both
LOAD = ["taskset", "-c", "1"]


def timed(*words):
    """Its output, seconds, and CPU seconds."""
    def cpu():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime
    begin, before = time.monotonic(), cpu()
    text = subprocess.run([*LOAD, *map(str, words)], check=True, capture_output=True, text=True).stdout
    return text, time.monotonic() - begin, cpu() - before


class Figures:
    """Of both sides, for each row."""

    def __init__(self):
        self.rows = {}

    def add(self, row, side, per_second, own_cpu):
        self.rows.setdefault(row, {}).setdefault(side, []).append((per_second, own_cpu))

    def print(self):
        print("| | bench | the other | ratio | own CPU of bench | of the other |\n|---|---|---|---|---|---|")
        for row, sides in self.rows.items():
            ours, theirs = (median([run[0] for run in sides[side]]) for side in ("bench", "other"))
            ours_cpu, theirs_cpu = (median([run[1] for run in sides[side]]) for side in ("bench", "other"))
            print(f"| {row} | {ours:,.0f} | {theirs:,.0f} | {ours / theirs:.2f}x | {ours_cpu:.0%} | {theirs_cpu:.0%} |")


def run_bench(figures, pki, server, plain_port, connections, suffix):
    text = subprocess.run([*LOAD, BINARY, "--home", pki.home, "--json", "bench", f"localhost:{server.port}", "--plaintext",
                           f"localhost:{plain_port}", "--connections", str(connections), "--duration", "20s"], check=True,
                          capture_output=True, text=True).stdout
    report = json.loads(text)
    for row in report["commands"]:
        if row["over"] != "TLSv1.2":  # redis-benchmark can't be told to speak it
            figures.add(f"{row['name']}, {connections} connections, {row['over']}{suffix}", "bench", row["per_second"], row["own_cpu"])
    for row in report["handshakes"]:
        if suffix:
            continue
        if row["name"] == "full" or (row["name"], row["over"]) == ("resumed", "TLSv1.2"):  # s_time resumes no TLS 1.3
            figures.add(f"{row['name']} handshake, {row['over']}", "bench", row["per_second"], row["own_cpu"])


def run_redis_benchmark(figures, pki, server, plain_port, connections, suffix):
    for over, words in (("plaintext", ["-p", plain_port]), ("TLSv1.3", ["-p", server.port, "--tls", "--cacert", pki.root])):
        for pipeline in (1, 16):
            for command in ("GET", "SET"):
                name = f"{command}{'' if pipeline == 1 else ' -P 16'}, {connections} connections, {over}{suffix}"
                expected = median([run[0] for run in figures.rows[name]["bench"]])
                text, seconds, cpu = timed("redis-benchmark", "-h", "localhost", *words, "-c", connections, "-P", pipeline, "-d", 100,
                                           "-t", command.lower(), "-n", int(expected * SECONDS), "--csv")
                figures.add(name, "other", float(text.splitlines()[-1].split(",")[1].strip('"')), cpu / seconds)


def run_s_time(figures, pki, server):
    for name, words in (("full handshake, TLSv1.2", ["-tls1_2", "-new"]), ("full handshake, TLSv1.3", ["-tls1_3", "-new"]),
                        ("resumed handshake, TLSv1.2", ["-tls1_2", "-reuse"])):
        time.sleep(1 - time.time() % 1)  # it counts whole seconds of the clock, and stops behind the last
        text, seconds, cpu = timed("openssl", "s_time", "-connect", f"127.0.0.1:{server.port}", "-CAfile", pki.root, "-time", SECONDS, *words)
        count = int(re.search(r"(\d+) connections in \d+ real seconds", text).group(1))
        figures.add(name, "other", count / seconds, cpu / seconds)


def main():
    figures = Figures()
    with tempfile.TemporaryDirectory() as directory:
        pki, plain_port = Pki(directory), free_port()
        servers = [("", Server("redis-server", pki, directory, "--port", plain_port), plain_port, (1, 50))]
        if shutil.which("strace"):
            slow = f"{directory}/slow-redis-server"
            with open(slow, "w") as script:
                script.write('#!/bin/sh\nexec strace -f -o /dev/null -e trace=read,write,epoll_wait redis-server "$@"\n')
            os.chmod(slow, 0o755)
            slow_port = free_port()
            servers.append((", slow server", Server(slow, pki, directory, "--port", slow_port), slow_port, (50,)))
        else:
            print("strace is not there, so no server is slow")
        for _ in range(RUNS):
            for suffix, server, port, connection_counts in servers:
                for connections in connection_counts:
                    run_bench(figures, pki, server, port, connections, suffix)
                    run_redis_benchmark(figures, pki, server, port, connections, suffix)
            run_s_time(figures, pki, servers[0][1])
        for _, server, port, _ in servers:
            subprocess.run(["redis-cli", "-p", str(port), "shutdown", "nosave"], capture_output=True)  # strace would take its time
            server.stop()
    figures.print()


if __name__ == "__main__":
    main()
