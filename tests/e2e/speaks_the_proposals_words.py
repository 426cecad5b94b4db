"""The words of the 2017 proposal in a bare file: enable-tls, certificate-key-pair, dh-params-file, tls-mode and mlock, with its
defaults."""

from harness import *

home = Home().issue_usual()
cert, key = home.file("redis-1", "tls.crt"), home.file("redis-1", "tls.key")
dh = path("dh.pem")
openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", dh)


def start(*lines, words=()):
    port = free_port()
    conf = write(f"conf-{port}", f"port {port}\n" + "".join(line + "\n" for line in lines))
    return Process("serve", [BINARY, "serve", conf, *words, *MLOCK], port)


# Without enable-tls, the port speaks plaintext, as before the proposal.
plain = start()
expect_equal(run("redis-cli", "-p", plain.port, "PING").stdout, "PONG\n")
expect_equal(run("redis-cli", "-p", plain.port, "CONFIG", "GET", "enable-tls").stdout, "enable-tls\nno\n")
plain.stop()

home.run("issue", "server", "rsa", "--san", "localhost", "--key-type", "rsa-2048")
server = start("enable-tls yes", f'certificate-key-pair "{home.file("rsa", "tls.crt")}" {home.file("rsa", "tls.key")}',
               f"dh-params-file {dh}", f"tls-ca-cert-file {home.path}/trust/clients.crt", f"tls-mode verify-ca")
text = home.s_client(server.port, "-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256", input="QUIT\n")
expect("DHE-RSA-AES128-GCM-SHA256" in text and "Server Temp Key: DH, 2048 bits" in text, text)
client = home.connect(server.port)
expect_equal(client.command("CONFIG", "GET", "tls-mode"), [b"tls-mode", b"verify-ca"])
expect_equal(client.command("CONFIG", "SET", "tls-mode", "verify-full"), "+OK")
expect(client.command("CONFIG", "SET", "tls-mode", "sometimes").startswith("-ERR CONFIG SET failed"), "a mode that isn't one")
for name, value in (("dh-params-file", dh), ("enable-tls", "no"), ("mlock", "no")):
    expect("can't set immutable config" in client.command("CONFIG", "SET", name, value), name)
expect_equal(client.command("CONFIG", "SET", "certificate-key-pair", f"{cert} {key}"), "+OK")
expect_equal(home.connect(server.port).leaf, home.leaf(), "after CONFIG SET certificate-key-pair")
if not SANITIZED:
    locked = int(next(line for line in read(f"/proc/{server.process.pid}/status").splitlines() if "VmLck" in line).split()[1])
    limit = run("sh", "-c", "ulimit -l").stdout.strip()
    expect(locked > 0 or "mlock: the system refuses" in read(server.log), f"{locked} kB are locked; the limit is {limit}")
    cores = next(line for line in read(f"/proc/{server.process.pid}/limits").splitlines() if "core file" in line)
    expect_equal(cores.split()[4:6], ["0", "0"], cores)
server.stop()

unlocked = run("bash", "-c", f"ulimit -l 0; exec setpriv --bounding-set=-all --inh-caps=-all timeout 2 {BINARY} --home {home.path} serve "
               f"--lineage redis-1 --tls-port {free_port()} --mlock yes", check=False) if os.geteuid() == 0 and not SANITIZED else None
if unlocked:
    expect("mlock: the system refuses to lock memory" in unlocked.stderr, unlocked.stderr)
for bad, reason in ((["enable-tls yes"], "no tls-cert-file configured"),
                    (["enable-tls yes", f"certificate-key-pair {cert} {key}", f"dh-params-file {cert}", "tls-auth-clients no"],
                     "holds no Diffie-Hellman parameters"),
                    (["enable-tls perhaps"], "enable-tls: argument must be 'yes' or 'no'"),
                    (["certificate-key-pair one"], "certificate-key-pair: argument must be")):
    conf = write("bad.conf", f"port {free_port()}\n" + "\n".join(bad) + "\n")
    refused = run(BINARY, "serve", conf, *MLOCK, check=False)
    expect_refused(refused, refused.returncode or 1, reason)
