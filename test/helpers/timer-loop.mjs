/**
 * Program: does nothing but wait for given times, one after the other, and prints by how much it was late: what a
 * machine lets anybody reach. Arguments: the beginning in milliseconds since the epoch, a file of milliseconds after it.
 */
import { readFileSync } from 'node:fs';

const [startedAt = '', file = ''] = process.argv.slice(2);
const times = JSON.parse(readFileSync(file, 'utf8'));
const late = [];
for (const ms of times) {
  const due = Number(startedAt) + ms;
  for (let leftMs = due - Date.now(); leftMs > 0; leftMs = due - Date.now()) {
    await new Promise((resolve) => setTimeout(resolve, leftMs));
  }
  late.push(Date.now() - due);
}
process.stdout.write(`${JSON.stringify(late)}\n`);
