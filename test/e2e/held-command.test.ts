import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { arenaBundle } from '../helpers/arena-bundle.js';
import { ArenaUser, type RunningCommand } from '../helpers/arena-command.js';

describe('arena run with a wrong key in a file', () => {
  let user: ArenaUser;
  let server: MockServer;
  let command: RunningCommand;

  beforeAll(async () => {
    user = new ArenaUser();
    server = await startMockServer({ apiKey: 'right-key-2207' });
    const openai = { type: 'openai', model: 'm', base_url: server.url };
    const sick = { ...openai, credential: { credential_file: join(user.folder, 'key') } };
    user.write({
      key: 'wrong-key-9901\n',
      ...arenaBundle('bundle', {
        providers: { well: openai, sick },
        scenarios: { a: ['one'], b: ['two'], c: ['three'] },
      }),
    });
    command = user.start(['run', 'bundle', '--name', 'held'], { OPENAI_API_KEY: 'right-key-2207' });
    await command.says(/^held {5}/m);
  }, 120_000);

  afterAll(async () => {
    await server.close();
    await user.remove();
  });

  test('says which provider is held, why, what to do, how many wait and until when', async () => {
    const [line] = await command.says(/^held {5}.*$/m);
    expect(line).toMatch(
      /^held {5}sick: HTTP 401 from .*; to do: check the key in \S*key .*; [1-3] conversations? waits?/,
    );
    expect(line).toMatch(/, the others go on$/);
  });

  test('is shown by arena status, for people and for programs', async () => {
    const { stderr } = await user.arena(['status', 'held']);
    expect(stderr).toMatch(
      /^held {5}sick: HTTP 401 .*; 3 conversations wait, until \d\d:\d\d:\d\d, the others go on$/m,
    );
    const { stdout } = await user.arena(['status', 'held', '--output', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ phase: 'Running', counts: { passed: 3 } },
      held: [{ provider: 'sick', items: 3, code: 'unauthorized' }],
    });
  }, 120_000);

  test('goes on by itself when the key is right, says so, and ends well', async () => {
    user.write({ key: 'right-key-2207\n' });
    const { code, stderr } = await command.ended;
    expect(code).toBe(0);
    expect(stderr.match(/^held {5}/gm)).toHaveLength(1);
    expect(user.summary()).toMatchObject({ counts: { passed: 6, errored: 0 }, held: [{ provider: 'sick' }] });
    expect(server.stats().byStatus[200]).toBe(6);
    expect(stderr).not.toMatch(/wrong-key-9901|right-key-2207/);
  }, 120_000);
});
