"""A new root for a master with replicas, a cluster, and Sentinels, in three phases under load: no command fails; the phase trust
is taken back and done again; retiring is refused while something presents or needs a certificate of the old CA."""

from fleets import *

chance = random.Random(7)
KILLS = 10 if LONG else 1


def roots(home):
    return read(home.path + "/trust/clients.crt").count("BEGIN CERTIFICATE")


def verifies(home, root, lineage="redis-1"):
    """In openssl's eyes, with this root alone."""
    file = home.file(lineage, "tls.crt")
    return run("openssl", "verify", "-CAfile", root, "-untrusted", file, file, check=False).returncode == 0


def client_pair_of_the_old_ca(home):
    """Somebody else's key, signed by the old CA."""
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=partner", "-keyout",
            path("partner.key"), "-out", path("partner.csr"))
    home.run("sign", path("partner.csr"), "--profile", "client", "--out", path("partner.crt"))
    return path("partner.crt"), path("partner.key")


def lets_in(home, port, certificate, key, ca):
    return "PONG" in run("redis-cli", "--tls", "--cacert", ca, "--cert", certificate, "--key", key, "-h", "127.0.0.1", "-p", port,
                         "PING", check=False).stdout


def run_phase(home, phase, kills):
    """The phase, after some runs of it that were killed."""
    for _ in range(kills):
        process = subprocess.Popen([BINARY, "--home", home.path, "rotate-ca", "--phase", phase], stdout=subprocess.PIPE, text=True)
        for _ in range(chance.randrange(20)):
            process.stdout.readline()
        time.sleep(chance.random() * 0.05)
        process.kill()
        process.wait()
    home.run("rotate-ca", "--phase", phase)


def replace_ca(name, start, options=lambda fleet: [], tries=False, **more):
    home = Home(name)
    home.run("issue", "peer", "redis-1", "--san", "localhost", "--san", "127.0.0.1")
    home.run("issue", "client", "app")
    old_root = shutil.copy(home.path + "/ca/root.crt", path(name + "-old-root.crt"))
    fleet = start(home, **more)
    home.run("rotate", "redis-1", "--target", f"127.0.0.1:{fleet.seeds[0].port}", "--client", "app", "--discover", *options(fleet))
    partner = client_pair_of_the_old_ca(home) if tries else None
    load = Load(fleet)

    if tries:
        expect_refused(home.run("rotate-ca", "--phase", "retire", check=False), 2, "the first phase is trust")
        home.run("rotate-ca", "--phase", "trust")
        expect_equal(roots(home), 2, "trusted roots")
        home.run("rotate-ca", "--undo")
        expect_equal(roots(home), 1, "trusted roots after the way back")
        expect("no change" in home.run("rotate-ca", "--status").stdout, "status after the way back")
    served = home.leaf()
    run_phase(home, "trust", KILLS if tries else 0)
    expect_equal(home.leaf(), served, "the phase trust serves nothing new")
    load.go_on()

    still_there = Client(home.context(), fleet.nodes[0].port)
    run_phase(home, "reissue", KILLS if tries else 0)
    expect(home.leaf() != served, "reissue serves something new")
    fleet.expect_served()
    new_root = home.path + "/ca/next/root.crt"
    for lineage in ("redis-1", "app"):
        expect(verifies(home, new_root, lineage) and not verifies(home, old_root, lineage), f"{lineage} is of the new root alone")
    load.go_on()

    if tries:
        expect_refused(home.run("rotate-ca", "--phase", "retire", check=False), 1, "was signed by it for somebody else", "partner")
        expect(lets_in(home, fleet.nodes[0].port, *partner, home.path + "/ca/root.crt"), "the partner is let in until then")
        home.run("revoke", partner[0])
    address = "%s:%d" % still_there.socket.getsockname()
    expect_refused(home.run("rotate-ca", "--phase", "retire", check=False), 1, "connected before", address, "--ignore-clients")
    expect_equal(roots(home), 2, "after the refusal")
    still_there.close()
    run_phase(home, "retire", KILLS if tries else 0)
    expect_equal(roots(home), 1, "trusted roots at the end")
    expect(verifies(home, home.path + "/ca/root.crt"), "what is trusted verifies what is served")
    if tries:
        expect(not lets_in(home, fleet.nodes[0].port, *partner, home.path + "/ca/root.crt"), "the partner is kept out")
    load.go_on()
    total = load.stop()
    expect(fleet.links_are_up(), "links")
    for node in fleet.nodes[1:] if LONG else fleet.nodes[1:2]:
        node.restart()
        wait_until(fleet.links_are_up, f"the links after a restart of {node.port}: {node.log}", 60)
    # The new CA is the one that everything goes on with.
    home.run("rotate", "redis-1")
    fleet.expect_served()
    fleet.stop()
    print(f"{name}: a new root, {total} commands counted once each")


# Files that verify clients are each server's own.
replace_ca("replication", start_replication, tries=True, owns_trust=True)
replace_ca("cluster", start_cluster)
replace_ca("sentinel", start_sentinels, owns_trust=True,
           options=lambda fleet: ["--copy-command", copy_command(), "--restart-command", restart_command(fleet)])
