"""Redis 6, which takes one parameter a CONFIG SET, and 7.0.0, which ignores paths that it has already, are rotated by
their link and in place; what they can't do is refused before anything changes."""

from fake_redis import FakeRedis
from harness import *

for version in ("6.0.16", "6.2.14", "7.0.0"):
    home = Home(version).issue_usual()
    fake = FakeRedis(home.file("redis-1", "tls.crt"), home.file("redis-1", "tls.key"), version)
    target = ["--target", f"localhost:{fake.port}"]
    for generation in (2, 3, 4):
        home.run("rotate", "redis-1", *target)
        expect_equal(home.connect(fake.port).leaf, home.leaf("redis-1", generation), version)

    own = path(f"own-{version}")
    os.mkdir(own)
    for name in ("tls.crt", "tls.key"):
        shutil.copy(home.file("redis-1", name), own)
    fake = FakeRedis(f"{own}/tls.crt", f"{own}/tls.key", version)
    target = ["--target", f"localhost:{fake.port}"]
    home.run("target", "forget", "redis-1", "--all")
    home.run("rotate", "redis-1", *target)
    expect_equal(home.connect(fake.port).leaf, home.leaf("redis-1", 5), f"{version} in place")
    expect_equal(read(f"{own}/tls.key"), read(home.file("redis-1", "tls.key", 5)), version)

    adopted = home.run("rotate", "redis-1", "--adopt", check=False)
    if version == "7.0.0":
        expect_equal((adopted.returncode, home.connect(fake.port).leaf), (0, home.leaf("redis-1", 6)), adopted.stderr)
    else:
        expect_refused(adopted, 1, f"Redis {version} can't change certificate and key in one step",
                       home.file("redis-1", "tls.crt"))
        expect_equal(home.connect(fake.port).leaf, home.leaf("redis-1", 5), f"{version} after --adopt")
        expect_equal([words for words in fake.sets if len(words) > 2], [], "CONFIG SETs that it does not know")
