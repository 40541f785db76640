/**
 * Program: so many users, each with one call after the other, with undici alone. The first seconds warm up and do not
 * count. Arguments: base URL, users, seconds of warm-up, seconds that count. Prints JSON.
 */
import { Pool } from 'undici';

const [baseUrl = '', users = '', warmUp = '', seconds = ''] = process.argv.slice(2);
const url = new URL(`${baseUrl}/chat/completions`);
const pool = new Pool(url.origin);
const body = JSON.stringify({ model: 'mock', messages: [{ role: 'user', content: 'Question 1: where is my order?' }] });
const headers = ['content-type', 'application/json'];
let calls = 0;
let over = false;

async function user() {
  while (!over) {
    const answer = await pool.request({ method: 'POST', path: url.pathname, headers, body });
    JSON.parse(await answer.body.text());
    calls += 1;
  }
}

const all = Promise.all(Array.from({ length: Number(users) }, user));
await new Promise((resolve) => setTimeout(resolve, Number(warmUp) * 1000));
const before = { calls, cpu: process.cpuUsage(), at: performance.now() };
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
const { user: own, system } = process.cpuUsage(before.cpu);
const measured = { calls: calls - before.calls, seconds: (performance.now() - before.at) / 1000 };
over = true;
await all;
process.stdout.write(`${JSON.stringify({ ...measured, cpuSeconds: (own + system) / 1e6 })}\n`);
await pool.close();
