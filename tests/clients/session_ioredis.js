// A session of everyday commands by ioredis. Arguments: port, CA[, certificate, key].
'use strict';

const assert = require('assert');
const fs = require('fs');
const Redis = require('ioredis');

const [port, ca, cert, key] = process.argv.slice(2);
const read = (file) => file && fs.readFileSync(file);
const options = {
  host: 'localhost', port: Number(port), connectionName: 'ioredis', tls: { ca: read(ca), cert: read(cert), key: read(key) },
  retryStrategy: null,
};

async function commands(client) {
  await client.flushall();
  assert.strictEqual(await client.set('text', 'äöü', 'EX', 100), 'OK');
  assert.strictEqual(await client.get('text'), 'äöü');
  assert((await client.ttl('text')) > 90);
  assert.strictEqual(await client.get('nothing'), null);
  const bytes = Buffer.from(Array.from({ length: 100000 }, (_, i) => i % 256));
  await client.set('bytes', bytes);
  assert(bytes.equals(await client.getBuffer('bytes')));
  await client.hset('hash', { a: 1, b: 2 });
  assert.deepStrictEqual(await client.hgetall('hash'), { a: '1', b: '2' });
  assert.strictEqual(await client.rpush('list', 1, 2, 3), 3);
  assert.deepStrictEqual(await client.lrange('list', 0, -1), ['1', '2', '3']);
  await client.sadd('set', 'x', 'y');
  assert.deepStrictEqual((await client.smembers('set')).sort(), ['x', 'y']);
  await client.zadd('sorted', 1.5, 'low', 2.5, 'high');
  assert.deepStrictEqual(await client.zrange('sorted', 0, -1, 'WITHSCORES'), ['low', '1.5', 'high', '2.5']);
  await assert.rejects(client.incr('text'), /ERR value is not an integer or out of range/);
  await assert.rejects(client.lpush('hash', 1), /WRONGTYPE/);
}

async function many(client) {
  const pipeline = client.pipeline();
  for (let i = 0; i < 2000; ++i) pipeline.incr('counter');
  const replies = await pipeline.exec();
  assert.deepStrictEqual(replies[1999], [null, 2000]);
  assert.deepStrictEqual(await client.multi().incr('counter').get('counter').exec(), [[null, 2001], [null, '2001']]);
  let seen = 0;
  for await (const keys of client.scanStream({ match: '*', count: 3 })) seen += keys.length;
  assert(seen >= (await client.dbsize()));
}

async function waiting(client) {
  const other = client.duplicate();
  const popped = other.blpop('queue', 10);
  await client.rpush('queue', 'job');
  assert.deepStrictEqual(await popped, ['queue', 'job']);
  await other.subscribe('news');
  const message = new Promise((resolve) => other.on('message', (channel, text) => resolve([channel, text])));
  assert.strictEqual(await client.publish('news', 'hello'), 1);
  assert.deepStrictEqual(await message, ['news', 'hello']);
  await other.quit();
}

async function main() {
  const client = new Redis(options);
  await commands(client);
  await many(client);
  await waiting(client);
  await client.quit();
}

main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
