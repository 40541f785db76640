import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';

// Histories of real runs, one folder a release, one file a shape of the control flow. A change of the workflow that
// turns one red breaks runs that are in flight in the field: guard it with patched(), do not record the file again.
const HISTORIES = 'test/replay/histories';
const releases = readdirSync(HISTORIES);
const shapes = releases.flatMap((release) => readdirSync(join(HISTORIES, release)).map((file) => join(release, file)));
const workflowBundle = { codePath: 'dist/workflow-bundle.js' };

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
});

const read = (file: string) => JSON.parse(readFileSync(join(HISTORIES, file), 'utf8')) as { events: object[] };

describe('a workflow', () => {
  test.each(shapes)('replays %s', async (file) => {
    await Worker.runReplayHistory({ workflowBundle }, read(file), 'job/1');
  });

  test('is caught when it no longer does what a history says', async () => {
    const history = read(join('0.1.0', 'happy.json'));
    const text = JSON.stringify(history).replaceAll('"activityId":"shard-1"', '"activityId":"shard-7"');
    expect(text).not.toBe(JSON.stringify(history));
    const replay = Worker.runReplayHistory({ workflowBundle }, JSON.parse(text), 'job/1');
    await expect(replay).rejects.toThrow(DeterminismViolationError);
  });
});
