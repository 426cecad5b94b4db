"""check meets live servers at once and each at every address: by SNI, with a client certificate, Redis and the web; dead ones cost
one deadline, however many they are."""

from harness import *

home = Home("home", "--single-tier").issue_usual()
home.run("issue", "server", "web", "--san", "web.example.com", "--san", "localhost")
home.run("issue", "server", "other", "--san", "other.example.com")
redis = serve(home)


def check(*words, code=0):
    result = home.run("--json", "check", *words, check=False)
    expect_equal(result.returncode, code, f"{words} {result.stdout}")
    return json.loads(result.stdout)["results"]


# A server by openssl that shows what it is asked for.
port = free_port()
web = Process("s_server", ["openssl", "s_server", "-quiet", "-accept", port, "-cert", home.file("web", "tls.crt"), "-cert_chain",
                           home.file("web", "tls.crt"), "-key", home.file("web", "tls.key"), "-servername", "other.example.com",
                           "-cert2", home.file("other", "tls.crt"), "-key2", home.file("other", "tls.key"), "-www"], port)
for target in (f"localhost:{port}", f"rediss://localhost:{port}", f"https://localhost:{port}/path?query"):
    seen = check(target)
    expect_equal(seen[0]["certificates"][0]["subject"], "CN=web", target)
seen = check(f"localhost:{port}", "--server-name", "other.example.com", "--ca", home.path + "/ca/root.crt")
expect_equal(seen[0]["certificates"][0]["sha256"], home.leaf("other"))
seen = check(f"127.0.0.1:{port}", code=2)
expect_equal([f["code"] for f in seen[0]["findings"]], ["name_mismatch"])
expect_equal(check(f"redis://localhost:{port}", code=3)[0]["failure"], "has no TLS to check")

# With a client certificate, also that of a section of the settings.
write("home/redis-pki.toml", f'[target.main]\naddress = "localhost:{redis.port}"\nclient = "app"\n')
for words in ([f"localhost:{redis.port}", "--client", "app"], ["main"],
              [f"localhost:{redis.port}", "--client-cert", home.file("app", "tls.crt"), "--client-key", home.file("app", "tls.key")]):
    expect_equal(check(*words)[0]["certificates"][0]["sha256"], home.leaf("redis-1"), words)

# Redis itself.
if shutil.which("redis-server"):
    server = linked_redis_server(home)
    expect_equal(check(f"localhost:{server.port}", "redis-1")[0]["state"], "ok")
    server.stop()

# 300 servers, 30 of which take connections and say nothing. The deadline bounds it all.
silent = socket.socket()
silent.bind(("", 0))
silent.listen(200)
dead = [f"127.0.0.{i}:{silent.getsockname()[1]}" for i in range(2, 32)]
targets = [f"127.0.0.1:{redis.port}"] * 270 + dead
begin = time.monotonic()
result = home.run("--json", "check", *targets, "--timeout", "4s", check=False)
elapsed = time.monotonic() - begin
document = json.loads(result.stdout)
expect_equal((document["summary"]["ok"], document["summary"]["unknown"]), (270, 30))
expect(elapsed < 30 * 4, f"they were met one after another: {elapsed:.0f} s")
silent.close()
redis.stop()
web.kill()
