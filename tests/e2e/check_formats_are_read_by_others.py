"""What check writes is read by those it is for: promtool, a JUnit reader, jq, the Perl module of Nagios' plugins, GitHub's runner (its
rules); and the alert rules in packaging/ fire when they should."""

import re
import stat

import junitparser

from harness import *

home = Home().issue_usual()
server = serve(home)
live = f"localhost:{server.port}"
odd = path("odd'|=%,:\"<&>")
os.mkdir(odd)
old, _ = expired_certificate()
shutil.copy(old, odd + "/old.crt")
write("broken.crt", "nothing\n")
home.run("crl")
targets = [live, "redis-1", home.path, odd, path("broken.crt")]


def check(form, *words):
    return home.run("check", *words, *targets, "--format", form, check=False)


# Prometheus: promtool has nothing to complain about; times are absolute; a source that can't be read is a metric.
metrics = check("prometheus").stdout
lint = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True, text=True)
expect_equal((lint.returncode, lint.stderr + lint.stdout), (0, ""))
end = openssl("x509", "-in", home.file("redis-1", "tls.crt"), "-noout", "-enddate", "-serial", "-dateopt", "iso_8601")
stamp = int(time.mktime(time.strptime(re.search("notAfter=(.*)Z", end)[1], "%Y-%m-%d %H:%M:%S"))) - time.timezone
samples = [line for line in metrics.splitlines() if line.startswith("x509_cert_not_after{") and 'subject_CN="redis-1"' in line]
expect_equal([line.split()[-1] for line in samples], [str(stamp)] * 2, "x509_cert_not_after of redis-1, live and as lineage")
expect(all(f'serial_number="{int(re.search("serial=(.*)", end)[1], 16)}"' in line for line in samples), samples)
expect("\nx509_read_errors 1\n" in metrics and re.search(r'x509_cert_error\{.*broken.crt.*\} 1\n', metrics), metrics)
expect(re.search(r'x509_cert_expired\{.*old.crt.*\} 1\n', metrics) and "x509_crl_next_update{" in metrics, metrics)
expect(re.search(r'redis_cert_expiry_timestamp\{.*source="lineage redis-1".*\} ' + str(stamp), metrics), metrics)

# As a file it is there whole or not at all, and the collector may read it.
file = path("redis-pki.prom")
home.run("check", "redis-1", "--format", "prometheus", "--output", file)
expect("x509_cert_not_after" in read(file) and stat.S_IMODE(os.stat(file).st_mode) == 0o644, file)
expect_equal(home.run("check", "redis-1", "--output", "/no/such/directory/f", check=False).returncode, 3)

# The rules.
rules = f"{SOURCE}/packaging/redis-pki-alerts.yml"
run("promtool", "check", "rules", rules)
shutil.copy(rules, path("redis-pki-alerts.yml"))
shutil.copy(f"{SOURCE}/tests/e2e/alert_rules_test.yml", path("alert_rules_test.yml"))
run("promtool", "test", "rules", path("alert_rules_test.yml"))
named = set(re.findall(r"\b(?:x509|redis)_[a-z0-9_]+", re.sub(r"name: \w+", "", read(rules))))
for name in named - {"redis_pki"}:
    expect(f"# TYPE {name} gauge" in metrics or name == "redis_pki_check_findings", f"no metric {name}")

# JUnit.
suites = junitparser.JUnitXml.fromstring(check("junit").stdout.encode())
cases = {case.name: case for suite in suites for case in suite}
problems = {name: case.result[0] for name, case in cases.items() if case.result}
expect_equal((suites.tests, suites.errors, suites.failures), (sum(len(suite) for suite in suites), 1, 1))
expect_equal(type(problems[path("broken.crt")]), junitparser.Error)
expect_equal((type(problems[odd + "/old.crt"]), problems[odd + "/old.crt"].type), (junitparser.Failure, "critical"))
expect("expired" in problems[odd + "/old.crt"].message, problems)

# JSON.
picked = subprocess.run(["jq", "-r", '.results[] | select(.state == "critical") | .certificates[0].subject'],
                        input=check("json").stdout, capture_output=True, text=True, check=True)
expect_equal(picked.stdout, "CN=localhost\n")

# Nagios: one line, a state, and performance data that its own module reads.
nagios = check("nagios")
expect_equal((nagios.returncode, nagios.stdout.count("\n")), (2, 1))
expect(nagios.stdout.startswith("CERTIFICATES CRITICAL - "), nagios.stdout)
text, data = nagios.stdout.split("|", 1)
perl = "use Monitoring::Plugin::Performance; my @p = Monitoring::Plugin::Performance->parse_perfstring(<STDIN>);" \
       "print join(\"\\n\", map { join(\" \", $_->label, $_->value, $_->uom, $_->threshold->critical) } @p), \"\\n\""
values = subprocess.run(["perl", "-e", perl], input=data, capture_output=True, text=True)
lines = values.stdout.splitlines()
expect(any(re.fullmatch(re.escape(live) + r" \d+ s 604800:", line) for line in lines), values.stdout + values.stderr)
expect(any(re.match(r"critical 1", line) for line in lines), values.stdout)
for words, code in ((["redis-1"], 0), (["redis-1", "--warn", "100d"], 1), ([odd], 2), ([path("broken.crt")], 3),
                    ([odd, path("broken.crt")], 2), (["redis-1", path("broken.crt"), "--warn", "100d"], 3)):
    expect_equal(home.run("check", *words, "--format", "nagios", check=False).returncode, code, words)

# GitHub: each command on a line of its own, escaped as the runner wants it.
lines = check("github").stdout.splitlines()
escaped = odd.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
expect(any(line.startswith(f"::error file={escaped}/old.crt,title=Certificate critical::") for line in lines), lines)
expect_equal([line for line in lines if not line.startswith("::")], lines[-1:])
server.stop()
