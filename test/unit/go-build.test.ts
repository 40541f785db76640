import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { runGo } from '../../src/local/go-build.js';

const folder = mkdtempSync(join(tmpdir(), 'arena-go-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a machine without Go is told so, and nothing holds the process afterwards', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const what = { name: 'nothing', about: 'no time' };
  const build = runGo({ args: ['version'], folder, env: { PATH: folder }, what, say: () => undefined });
  await expect(build).rejects.toThrow('there is no `go` on PATH');
  expect(timers()).toBe(before);
});
