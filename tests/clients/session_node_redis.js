// A session of everyday commands by node-redis, in RESP2 and RESP3. Arguments: port, CA[, certificate, key].
'use strict';

const assert = require('assert');
const fs = require('fs');
const { createClient } = require('redis');

const [port, ca, cert, key] = process.argv.slice(2);
const read = (file) => file && fs.readFileSync(file);

function connect(RESP) {
  return createClient({
    RESP, name: 'node-redis',
    socket: {
      host: 'localhost', port: Number(port), tls: true, ca: read(ca), cert: read(cert), key: read(key),
      reconnectStrategy: false,
    },
  });
}

async function commands(client) {
  await client.flushAll();
  assert.strictEqual(await client.set('text', 'äöü', { EX: 100 }), 'OK');
  assert.strictEqual(await client.get('text'), 'äöü');
  assert.strictEqual(await client.get('nothing'), null);
  await client.hSet('hash', { a: 1, b: 2 });
  assert.deepStrictEqual({ ...(await client.hGetAll('hash')) }, { a: '1', b: '2' });
  assert.strictEqual(await client.rPush('list', ['1', '2', '3']), 3);
  assert.deepStrictEqual(await client.lRange('list', 0, -1), ['1', '2', '3']);
  await client.sAdd('set', ['x', 'y']);
  assert.deepStrictEqual([...(await client.sMembers('set'))].sort(), ['x', 'y']);
  await client.zAdd('sorted', [{ score: 1.5, value: 'low' }, { score: 2.5, value: 'high' }]);
  assert.deepStrictEqual(await client.zRangeWithScores('sorted', 0, -1),
    [{ value: 'low', score: 1.5 }, { value: 'high', score: 2.5 }]);
  await assert.rejects(client.incr('text'), /ERR value is not an integer or out of range/);
}

async function many(client) {
  const replies = await Promise.all(Array.from({ length: 2000 }, () => client.incr('counter')));
  assert.strictEqual(replies[1999], 2000);
  assert.deepStrictEqual(await client.multi().incr('counter').get('counter').exec(), [2001, '2001']);
  let seen = 0;
  for await (const keys of client.scanIterator({ COUNT: 3 })) seen += keys.length;
  assert(seen >= (await client.dbSize()));
}

async function waiting(client) {
  const other = client.duplicate();
  await other.connect();
  const popped = other.blPop('queue', 10);
  await client.rPush('queue', 'job');
  assert.deepStrictEqual({ ...(await popped) }, { key: 'queue', element: 'job' });
  const message = new Promise((resolve) => other.subscribe('news', (text, channel) => resolve([channel, text])).then(
    () => client.publish('news', 'hello')));
  assert.deepStrictEqual(await message, ['news', 'hello']);
  await other.close();
}

async function main() {
  for (const RESP of [2, 3]) {
    const client = connect(RESP);
    await client.connect();
    await commands(client);
    await many(client);
    await waiting(client);
    await client.close();
  }
}

main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
