// Clients of a pool that count in one key over TLS until standard input ends; then says how many replies came and
// which errors. Arguments: port, CA, certificate, key, number of clients.
const fs = require("fs");
const Redis = require("ioredis");

const [port, ca, cert, key, size] = process.argv.slice(2);
const tls = { ca: fs.readFileSync(ca), cert: fs.readFileSync(cert), key: fs.readFileSync(key), servername: "localhost" };
const errors = [];
let answered = 0;
let stopped = false;

async function work() {
  const client = new Redis({ host: "127.0.0.1", port: Number(port), tls });
  client.on("error", (error) => errors.push(String(error)));
  while (!stopped) {
    try {
      await client.incr("ioredis");
      ++answered;
    } catch (error) {
      errors.push(String(error));
    }
  }
  client.disconnect();
}

process.stdin.on("end", () => (stopped = true)).resume();
Promise.all(Array.from({ length: Number(size) }, work)).then(() =>
  console.log(JSON.stringify({ answered, errors: errors.slice(0, 10) }))
);
