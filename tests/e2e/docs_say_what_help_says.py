"""Each command has a man page that names every option of its --help, and man reads it without a warning."""

import re

from harness import *



def man_warnings(file):
    return run("man", "--warnings", "-l", file, env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"}).stderr


listing = run(BINARY, "--help").stdout
commands = re.findall(r"^  ([a-z-]+) {2,}", listing[listing.index("Subcommands:") : listing.index("Global options")], re.M)
expect(len(commands) >= 5, listing)
pages = {name: read(f"{SOURCE}/man/redis-pki{'-' + name if name else ''}.1") for name in ["", *commands]}

for name, page in pages.items():
    shown = page.replace("\\-", "-")
    help_text = run(BINARY, *([name] if name else []), "--help").stdout
    for option in set(re.findall(r"--[a-z][a-z-]+", help_text)) - {"--help"}:
        expect(option in shown, f"man page of '{name}' lacks {option}")
    expect("EXIT STATUS" in page and "EXAMPLES" in page, f"man page of '{name}' lacks a section")
    file = f"{SOURCE}/man/redis-pki{'-' + name if name else ''}.1"
    expect_equal(man_warnings(file), "", file)
for other in ("redis-pki.toml.5", "redis-pki-runbook.7"):
    expect_equal(man_warnings(f"{SOURCE}/man/{other}"), "", other)
for name in commands:
    expect(f"redis-pki-{name}" in pages[""].replace("\\-", "-"), f"redis-pki.1 does not name {name}")
expect_equal(run(BINARY, "--version").stdout.split()[0], "redis-pki")
