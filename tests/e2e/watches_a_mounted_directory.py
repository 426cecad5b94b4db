"""watch deploys what comes to lie in a directory: what is there at the start, a swap of Kubernetes' ..data, halves written a
second apart, ten pairs in a second, and a directory that is removed and made again."""

from harness import *

home = Home()
home.run("issue", "client", "app")
made = Home("made")  # what makes the pairs
for _ in range(20):
    made.run("issue", "server", "redis-1", "--san", "localhost,127.0.0.1")
own = path("own")
os.mkdir(own)
for name in ("tls.crt", "tls.key"):
    shutil.copy(made.file("redis-1", name, 1), own)
server = redis_server(f"{own}/tls.crt", f"{own}/tls.key", home.path + "/trust/clients.crt")
mounted = path("mounted")
root = made.path + "/ca/root.crt"
context = ssl.create_default_context(cafile=root)
context.load_cert_chain(home.file("app", "tls.crt"), home.file("app", "tls.key"))


def served():
    return Client(context, server.port).leaf


def kubernetes(number):
    """What the kubelet does: a new directory, then ..data moves to it."""
    directory = f"{mounted}/..{number}"
    os.makedirs(directory)
    for name in ("tls.crt", "tls.key"):
        shutil.copy(made.file("redis-1", name, number), directory)
    os.symlink(f"..{number}", f"{mounted}/..data_tmp")
    os.rename(f"{mounted}/..data_tmp", f"{mounted}/..data")


def put(name, number):
    with open(f"{mounted}/{name}", "w") as file:
        file.write(read(made.file("redis-1", name, number)))


def expect_served(number, what):
    wait_until(lambda: served() == made.leaf("redis-1", number), what, seconds=15)


kubernetes(2)
for name in ("tls.crt", "tls.key"):
    os.symlink(f"..data/{name}", f"{mounted}/{name}")
log = open(path("watch.log"), "w")
watch = subprocess.Popen([BINARY, "--home", home.path, "watch", mounted, "--ca", root, "--target", f"localhost:{server.port}",
                          "--client", "app", "--cacert", root], stdout=log, stderr=log)
expect_served(2, "what was there before it started")
kubernetes(3)
expect_served(3, "a swap of ..data")

# Plain files, the halves a second apart, in both orders.
shutil.rmtree(mounted)
time.sleep(1)
os.makedirs(mounted)
put("tls.crt", 4)
time.sleep(1)
expect_equal(served(), made.leaf("redis-1", 3), "with half a pair")
put("tls.key", 4)
expect_served(4, "the key a second later, in a directory that was made again")
put("tls.key", 5)
time.sleep(1)
put("tls.crt", 5)
expect_served(5, "the certificate a second later")

# Ten in a second: the last one is served.
for number in range(6, 16):
    put("tls.key", number)
    put("tls.crt", number)
    time.sleep(0.1)
expect_served(15, "the last of ten")
put("tls.crt", 16)
put("tls.key", 16)
expect_served(16, "another one")
expect("redis-pki:" not in read(path("watch.log")), read(path("watch.log")))

watch.send_signal(signal.SIGTERM)
expect_equal(watch.wait(timeout=10), 0)
# What changed while nobody watched is found by the next one.
put("tls.crt", 17)
put("tls.key", 17)
watch = subprocess.Popen([BINARY, "--home", home.path, "watch", mounted, "--ca", root], stdout=log, stderr=log)
expect_served(17, "a change before the start")
watch.send_signal(signal.SIGINT)
expect_equal(watch.wait(timeout=10), 0)
server.stop()

# What waiting doesn't mend ends it at once.
put("tls.key", 17)
expect_refused(home.run("watch", mounted, "--ca", root, "--name", "unknown", "--poll", "10ms", check=False), 2,
               "has no target yet; name the server with --target")
