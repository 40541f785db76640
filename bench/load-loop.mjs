/**
 * A closed-model lane alone, without Temporal: so many conversations, so many users. Prints one JSON line.
 *
 *     node bench/load-loop.mjs FOLDER CONVERSATIONS USERS
 */
import { ClosedLane } from '../dist/activities/load/closed-lane.js';
import { LaneClock } from '../dist/activities/load/lane-clock.js';
import { courseOf } from '../dist/src/core/load/course.js';
import { laneParts } from './lane-parts.mjs';

const [folder = '', conversations = '1000', users = '100'] = process.argv.slice(2);
const { meter, hold } = await laneParts(folder);
const target = Number(users);
const course = courseOf([
  { durationMs: 0, target },
  { durationMs: 1e9, target },
]);
const clock = new LaneClock({ startedAt: Date.now(), changes: [{ atMs: 0, course, lanes: [0] }], pausedMs: 0 });
let number = 0;
const next = async () => (number < Number(conversations) ? { number: number++, cell: 0 } : undefined);
const before = process.cpuUsage();
const startedAt = performance.now();
const lane = new ClosedLane({ lane: 0, clock, maxUsers: 1e6, meter, next, hold });
await lane.run();
await lane.drained();
const seconds = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage(before);
const requests = meter.take(1).cells[0]?.requests;
process.stdout.write(`${JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, requests })}\n`);
process.exit(0);
