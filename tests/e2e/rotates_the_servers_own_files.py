"""Files that redis-server reads are replaced in place: with owner, group and mode kept, as two files or one; an expired
certificate too, when it is the lineage's; and never files that hold something else than what is served."""

import pwd

from harness import *

home = Home().issue_usual()
trust = home.path + "/trust/clients.crt"
nobody = pwd.getpwnam("nobody")


def own_files(name, one=False):
    directory = path(name)
    os.mkdir(directory)
    certificate, key = f"{directory}/redis.crt", f"{directory}/redis.crt" if one else f"{directory}/redis.key"
    shutil.copy(home.file("old", "tls.crt"), certificate)
    with open(key, "a") as file:
        file.write(read(home.file("old", "tls.key")))
    return certificate, key


def rotate(server, *words):
    return home.run("-q", "rotate", "redis-1", "--target", f"localhost:{server.port}", "--client", "app", *words, check=False)


def expect_rotated(server, generation):
    expect_equal(rotate(server).returncode, 0)
    expect_equal(home.connect(server.port).leaf, home.leaf("redis-1", generation))


# The certificate of another lineage stands for one that was made by hand, with more names than the new one has.
home.run("issue", "server", "old", "--san", "localhost,127.0.0.1,legacy.example.com")
certificate, key = own_files("two")
os.chmod(certificate, 0o664)
os.chmod(key, 0o440)
if os.geteuid() == 0:
    os.chown(key, nobody.pw_uid, nobody.pw_gid)
before = os.stat(key)
server = redis_server(certificate, key, trust)
expect_refused(rotate(server), 1, "lacks dns:legacy.example.com, which the old one has")
home.run("issue", "server", "redis-1", "--san", "localhost,127.0.0.1,legacy.example.com")
expect_rotated(server, 2)
expect_rotated(server, 3)
after = os.stat(key)
for name in ("st_mode", "st_uid", "st_gid"):
    expect_equal(getattr(after, name), getattr(before, name), name)
expect_equal(os.stat(certificate).st_mode & 0o777, 0o664)
expect_equal(read(certificate), read(home.file("redis-1", "tls.crt", 3)))
kept = os.listdir(home.path + "/certs/redis-1/replaced")
expect_equal(len(kept), 1, f"the pair that was there before is kept: {kept}")
expect_equal(read(f"{home.path}/certs/redis-1/replaced/{kept[0]}/tls.key"), read(home.file("old", "tls.key")))

# Somebody else has written to them.
shutil.copy(home.file("app", "tls.crt"), certificate)
expect_refused(rotate(server), 1, f"reads {certificate}", "not what it serves", "--adopt")
expect_equal(read(certificate), read(home.file("app", "tls.crt")), "what somebody else wrote")
server.stop()
home.run("target", "forget", "redis-1", "--all")

# Chain and key in one file, through which the server loads both.
certificate, key = own_files("one", one=True)
os.chmod(key, 0o600)
server = redis_server(certificate, key, trust)
expect_rotated(server, 3)
expect_equal(read(key), read(home.file("redis-1", "tls.crt", 3)) + read(home.file("redis-1", "tls.key", 3)))
server.stop()
home.run("target", "forget", "redis-1", "--all")

# A certificate of ours that has expired in the server can be replaced, though nobody would trust it.
home.run("issue", "server", "brief", "--san", "localhost,127.0.0.1")
expired, expired_key = expired_certificate(home.path + "/ca/issuing.crt", home.path + "/ca/issuing.key")
with open(home.file("brief", "tls.crt"), "w") as file:
    file.write(read(expired) + read(home.path + "/ca/issuing.crt"))
shutil.copy(expired_key, home.file("brief", "tls.key"))
server = redis_server(home.file("brief", "tls.crt"), home.file("brief", "tls.key"), trust)
home.run("rotate", "brief", "--target", f"localhost:{server.port}", "--client", "app")
expect_equal(home.connect(server.port).leaf, home.leaf("brief", 2), "after the expired one")
server.stop()

# A key that the server's own user can't read is seen before anything is changed.
if os.geteuid() == 0:
    os.chmod(path("."), 0o755)
    home.run("issue", "server", "theirs", "--san", "localhost", "--owner", "nobody")
    port = free_port()
    os.makedirs(path("data"))
    os.chown(path("data"), nobody.pw_uid, nobody.pw_gid)
    server = Process("redis-server", ["setpriv", "--reuid", "nobody", "--regid", nobody.pw_gid, "--clear-groups", "redis-server",
                                      "--port", 0, "--tls-port", port, "--bind", "127.0.0.1", "--save", "", "--dir", path("data"),
                                      "--tls-cert-file", home.file("theirs", "tls.crt"), "--tls-key-file",
                                      home.file("theirs", "tls.key"), "--tls-ca-cert-file", trust], port)
    home.run("rotate", "theirs", "--target", f"localhost:{port}", "--client", "app")
    settings = home.path + "/certs/theirs/lineage.json"
    changed = json.loads(read(settings))
    changed["key_owner"] = 0
    with open(settings, "w") as file:
        json.dump(changed, file)
    refused = home.run("-q", "rotate", "theirs", check=False)
    expect_refused(refused, 1, "can't be read by nobody, as which the server runs", "--owner nobody")
    expect_equal(home.connect(port).leaf, home.leaf("theirs", 2))
    server.stop()
