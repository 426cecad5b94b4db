// Counts up "ioredis-KEY" for each key, round and round, until its standard input ends; then says how often.
// usage: ioredis_fleet.js replication|cluster|sentinel PORT[,PORT…] CA CERT KEY KEYS…
'use strict';

const fs = require('fs');
const Redis = require('ioredis');

const [kind, ports, ca, cert, key, ...keys] = process.argv.slice(2);
const nodes = ports.split(',').map((port) => ({ host: '127.0.0.1', port: Number(port) }));
const errors = [];
const counts = Object.fromEntries(keys.map((name) => [name, 0]));

// Each new client says so on stderr.
function connect() {
  console.error('connects');
  const tls = { ca: fs.readFileSync(ca), cert: fs.readFileSync(cert), key: fs.readFileSync(key) };
  if (kind === 'cluster') return new Redis.Cluster(nodes, { redisOptions: { tls } });
  if (kind === 'sentinel') {
    return new Redis({ sentinels: nodes, name: 'mymaster', tls, sentinelTLS: tls, enableTLSForSentinelMode: true });
  }
  return new Redis({ ...nodes[0], tls });
}

let ended = false;
process.stdin.resume();
process.stdin.on('end', () => { ended = true; });

async function main() {
  let client = connect();
  client.on('error', (error) => errors.push(String(error)));
  for (let round = 1; !ended; ++round) {
    for (const name of keys) {
      try {
        await client.incr('ioredis-' + name);
        ++counts[name];
      } catch (error) {
        errors.push(String(error));
        ended = true;
      }
    }
    if (round % 40 === 0) {
      await client.quit();
      client = connect();
      client.on('error', (error) => errors.push(String(error)));
    }
  }
  await client.quit();
  console.log(JSON.stringify({ errors, counts }));
}

main();
