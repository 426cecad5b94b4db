"""A Redis Cluster of three nodes and a replica, each behind a sidecar, serves cluster clients while the sidecars' certificate is
rotated; and so do a master, its replica and their Sentinel."""

from sidecars import *

home = Home().issue_usual()
ROTATIONS = 10 if LONG else 4


def rotate_under_load(fleet):
    load = Load(fleet)
    for _ in range(ROTATIONS):
        home.run("issue", "server", "redis-1", "--san", "localhost", "--san", "127.0.0.1")
        for sidecar in fleet.nodes:
            run("redis-cli", "-s", sidecar.admin, "CONFIG", "SET", "tls-cert-file", home.file("redis-1", "tls.crt"), "tls-key-file",
                home.file("redis-1", "tls.key"))
        fleet.expect_served()
        load.go_on()
    return load.stop()


# A cluster
nodes = [start_redis(home, 'save ""', "cluster-enabled yes", f"cluster-port {free_port()}", "cluster-node-timeout 5000", announce="cluster")
         for _ in range(4)]
sidecars = [start_sidecar(home, node) for node in nodes]
plain = lambda node, *words: run("redis-cli", "-p", node.port, *words).stdout
bus = lambda node: next(line.split()[1] for line in read(path(f"redis-{node.port}.conf")).splitlines() if line.startswith("cluster-port"))
for number, node in enumerate(nodes[:3]):
    plain(node, "CLUSTER", "ADDSLOTSRANGE", 16384 * number // 3, 16384 * (number + 1) // 3 - 1)
    plain(node, "CONFIG", "SET", "cluster-announce-bus-port", bus(node))
plain(nodes[3], "CONFIG", "SET", "cluster-announce-bus-port", bus(nodes[3]))
for node in nodes[1:]:
    plain(nodes[0], "CLUSTER", "MEET", "127.0.0.1", node.port, bus(node))
wait_until(lambda: all("cluster_state:ok" in plain(node, "CLUSTER", "INFO") and "cluster_known_nodes:4" in plain(node, "CLUSTER", "INFO")
                       for node in nodes), "the cluster", 60)
plain(nodes[3], "CLUSTER", "REPLICATE", plain(nodes[0], "CLUSTER", "MYID").strip())
wait_until(lambda: "master_link_status:up" in plain(nodes[3], "INFO", "replication"), "the replica to follow through the sidecar", 60)
expect(f"master_port:{sidecars[0].port}" in plain(nodes[3], "INFO", "replication"), "it follows through the sidecar")
moved = home.redis_cli(sidecars[0].port, "GET", "key-1") + home.redis_cli(sidecars[1].port, "GET", "key-1")
expect("MOVED" in moved and any(f"127.0.0.1:{sidecar.port}" in moved for sidecar in sidecars), moved)
print(rotate_under_load(Fleet(home, "cluster", sidecars, sidecars)), "commands in the cluster")
for process in sidecars + nodes:
    process.stop()

# A master, its replica and their Sentinel
master = start_redis(home, 'save ""')
before_master = start_sidecar(home, master)
replica = start_redis(home, 'save ""', f"replicaof 127.0.0.1 {before_master.port}")
before_replica = start_sidecar(home, replica)
wait_until(lambda: "master_link_status:up" in plain(replica, "INFO", "replication"), "the replica to follow through the sidecar", 60)
sentinel = start_redis(home, f"sentinel monitor mymaster 127.0.0.1 {before_master.port} 1", sentinel=True)
before_sentinel = start_sidecar(home, sentinel)
asked = lambda: home.redis_cli(before_sentinel.port, "SENTINEL", "REPLICAS", "mymaster")
wait_until(lambda: str(before_replica.port) in asked() and "s_down" not in asked(), "the Sentinel to see both through their sidecars", 60)
fleet = Fleet(home, "sentinel", [before_master, before_replica, before_sentinel], [before_sentinel])
print(rotate_under_load(fleet), "commands through the Sentinel")
for process in fleet.nodes + [sentinel, replica, master]:
    process.stop()
