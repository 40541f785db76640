/**
 * Program: an open-model lane of the built product alone in its process. Takes one JSON argument, prints when it begins
 * and then what it counted, one line of JSON each.
 */

import { laneParts } from '../../bench/lane-parts.mjs';
import { LaneClock } from '../../dist/activities/load/lane-clock.js';
import { OpenLane } from '../../dist/activities/load/open-lane.js';
import { courseOf } from '../../dist/src/core/load/course.js';
import { ScenarioMix } from '../../dist/src/core/load/scenario-mix.js';

const { folder, stages, startsInMs } = JSON.parse(process.argv[2] ?? '');
const { meter, hold } = await laneParts(folder);
const startedAt = Date.now() + startsInMs;
process.stdout.write(`${JSON.stringify({ startedAt })}\n`);
const lane = new OpenLane({
  lane: 0,
  clock: new LaneClock({ startedAt, changes: [{ atMs: 0, course: courseOf(stages), lanes: [0] }], pausedMs: 0 }),
  kind: 'constant',
  random: Math.random,
  mix: new ScenarioMix([1]),
  expected: [1],
  maxOpen: 10_000,
  meter,
  hold,
});
await lane.run();
await lane.drained();
process.stdout.write(`${JSON.stringify(meter.take(0))}\n`);
process.exit(0);
