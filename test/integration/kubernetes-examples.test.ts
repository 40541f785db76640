import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { ArenaUser } from '../helpers/arena-command.js';

const FOLDER = 'examples/kubernetes';
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

describe('the manifests of examples/kubernetes', () => {
  const user = new ArenaUser();
  afterAll(() => user.remove());

  test.each(files)('%s is valid by the rules of the cluster', async (name) => {
    const { code, stderr } = await user.arena(['validate', '-f', join(process.cwd(), FOLDER, name)]);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('warning')]);
  });

  test('hold a bundle that passes', async () => {
    const [bundle] = parseAllDocuments(readFileSync(join(FOLDER, 'first-job.yaml'), 'utf8')).map((one) => one.toJSON());
    const entries = Object.entries(bundle.data as { [key: string]: string });
    user.write(Object.fromEntries(entries.map(([key, text]) => [`bundle/${key.replaceAll('__', '/')}`, text])));
    expect(await user.arena(['run', 'bundle'])).toMatchObject({ code: 0 });
    expect(user.summary().counts).toMatchObject({ total: 2, passed: 2 });
  }, 120_000);
});
