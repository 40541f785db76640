/** Program: so many calls, so many at once, with undici alone. Arguments: base URL, calls, concurrency. Prints JSON. */
import { Pool } from 'undici';

const [baseUrl = '', calls = '', concurrency = ''] = process.argv.slice(2);
const url = new URL(`${baseUrl}/chat/completions`);
const pool = new Pool(url.origin);
const body = JSON.stringify({ model: 'mock', messages: [{ role: 'user', content: 'Where is my order?' }] });
const headers = ['content-type', 'application/json'];
let left = Number(calls);

async function loop() {
  while (left > 0) {
    left -= 1;
    const answer = await pool.request({ method: 'POST', path: url.pathname, headers, body });
    JSON.parse(await answer.body.text());
  }
}

const startedAt = performance.now();
await Promise.all(Array.from({ length: Number(concurrency) }, loop));
const seconds = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage();
process.stdout.write(`${JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6 })}\n`);
await pool.close();
