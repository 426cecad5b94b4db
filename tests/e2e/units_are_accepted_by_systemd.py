"""systemd accepts the units in packaging/, and what they and the crontab line start works and says nothing."""

import re

from harness import *

home = Home().issue_usual()
os.mkdir(path("units"))
commands = []
for name in sorted(os.listdir(f"{SOURCE}/packaging")):
    if not name.endswith((".service", ".timer")):
        continue
    text = read(f"{SOURCE}/packaging/{name}").replace("/usr/bin/redis-pki", BINARY)
    commands += re.findall(r"^ExecStart=(.*)$", text, re.M)
    with open(path(f"units/{name}"), "w") as file:
        file.write(text)
units = [path("units/" + name.replace("@.", "@etc-redis-tls.")) for name in os.listdir(path("units"))]
for name in os.listdir(path("units")):
    if "@." in name:
        os.symlink(name, path("units/" + name.replace("@.", "@etc-redis-tls.")))
for unit in units:
    result = run("systemd-analyze", "verify", "--man=no", unit, check=False)
    ours = [line for line in result.stderr.splitlines() if "redis-pki" in line]
    expect_equal(ours, [], unit)
    expect(os.path.basename(unit) in " ".join(units), unit)

# The commands themselves, with a home that is there and without the sleep.
renew = next(command for command in commands if " renew" in command)
cron = next(line for line in read(f"{SOURCE}/packaging/redis-pki.cron").splitlines() if " root " in line).split(" root ")[1]
for command in (renew, cron):
    words = command.replace("/etc/redis-pki", home.path).replace("20m", "10ms")
    result = run("sh", "-c", words, env={**os.environ, "PATH": os.path.dirname(BINARY) + ":" + os.environ["PATH"]})
    expect_equal((result.stdout, result.stderr), ("", ""), words)
watch = next(command for command in commands if " watch" in command)
expect_equal(watch.replace(BINARY, "redis-pki"), "redis-pki --home /etc/redis-pki watch %f")
