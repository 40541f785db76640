import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ArenaUser } from '../helpers/arena-command.js';
import { snippetsOf } from '../helpers/checkout.js';

const EXAMPLE = 'examples/record-and-evaluate';

describe('conversations that are recorded and judged later', () => {
  const user = new ArenaUser();
  const commands = snippetsOf(`${EXAMPLE}/README.md`).map(({ commands: line }) =>
    line.replace('npx arena ', '').replaceAll(`${EXAMPLE}/`, '').split(' '),
  );

  beforeAll(async () => {
    cpSync(EXAMPLE, user.folder, { recursive: true, filter: (path) => !/\/out(-[a-z]+)?$/.test(path) });
    const { code, stderr } = await user.arena(commands[0] ?? []);
    expect([code, stderr]).toEqual([0, expect.stringContaining('out/recordings')]);
  }, 120_000);
  afterAll(() => user.remove());

  test('leave a recording each', () => {
    const names = readdirSync(join(user.folder, 'out/recordings')).sort();
    expect(names).toEqual([
      expect.stringMatching(/^find-a-book_desk-[0-9a-f]{8}\.recording\.json$/),
      expect.stringMatching(/^opening-hours_desk-[0-9a-f]{8}\.recording\.json$/),
    ]);
  });

  test('are judged from their recordings and from the results, with the same messages, and replayed', async () => {
    const { code } = await user.arena(commands[1] ?? []);
    expect(code).toBe(0);
    const records = user.results('out-review');
    expect(records.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
      'opening-hours/recorded passed',
      expect.stringMatching(/^recordings\/eval\/find-a-book_desk-[0-9a-f]{8} passed$/),
      expect.stringMatching(/^recordings\/eval\/opening-hours_desk-[0-9a-f]{8} passed$/),
      'results/eval/find-a-book/desk passed',
      'results/eval/opening-hours/desk passed',
      'by-hand/eval passed',
    ]);
    const held = user.results();
    for (const [recording, result, original] of [
      [records[1], records[3], held[0]],
      [records[2], records[4], held[1]],
    ]) {
      const timeless = recording?.messages.map(({ at: _, ...message }) => message);
      expect(timeless).toEqual(original?.messages);
      expect(result?.messages).toEqual(original?.messages);
    }
    expect(records.map(({ tags }) => tags?.join())).toEqual([
      undefined,
      ...['last-run', 'last-run', 'last-run', 'last-run', 'written-down'],
    ]);
  }, 120_000);

  // shows JobInput.select.tags, JobInput.select.evals
  test('are chosen by tag and by id', async () => {
    expect((await user.arena(commands[2] ?? [])).code).toBe(0);
    expect(user.results('out-review').map(({ id }) => id)).toEqual(['by-hand/eval']);
    expect((await user.arena(['run', 'review', '--eval', 'results', '-o', 'out-results'])).code).toBe(0);
    expect(user.results('out-results').map(({ scenario }) => scenario)).toEqual(['results', 'results']);
  }, 120_000);

  test('are refused by a tag that no eval has', async () => {
    const { code, stderr } = await user.arena(['run', 'review', '--tag', 'last-rum']);
    expect(code).toBe(2);
    expect(stderr).toContain('no eval has the tag "last-rum", did you mean "last-run"?');
  }, 120_000);
});
