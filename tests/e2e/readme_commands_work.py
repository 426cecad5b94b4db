"""The README's shell blocks, typed one after another by a newcomer in one shell, work."""

import re

from harness import *

text = read(f"{SOURCE}/README.md")
blocks = re.findall(r"```sh\n(.*?)```", text, re.S)
# The two commands that build the project are what runs this test.
blocks = [block for block in blocks if "scripts/" not in block]
expect(len(blocks) >= 4, "the README has lost its commands")
script = "set -e\ncd \"$WORK\"\n" + "\n".join(blocks)
# Ports of the text may be in use on this machine.
for port in sorted(set(re.findall(r"\b6\d{3}\b", script))):
    script = re.sub(rf"\b{port}\b", str(free_port()), script)
script += "\nkill $(jobs -p) 2>/dev/null || true\nwait\n"
environment = {**os.environ, "PATH": os.path.dirname(BINARY) + ":" + os.environ["PATH"], "WORK": path("."),
               "REDIS_PKI_HOME": path("readme-home"), "HOME": path("."), "TMPDIR": path(".")}
result = run("bash", write("readme.sh", script), check=False, env=environment)
expect_equal(result.returncode, 0, f"{script}\n---\n{result.stdout}\n{result.stderr}")
print(result.stdout)
