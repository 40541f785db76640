import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { EXIT } from '../../src/core/exit-codes.js';
import { ArenaUser } from '../helpers/arena-command.js';
import { answerJson, type HttpService, startHttpService } from '../helpers/http-service.js';
import { KubernetesApi } from '../helpers/kubernetes-api.js';

const OLD = 'canary-old-4c1d9be2';
const NEW = 'canary-new-77a0f3d1';

describe('a run whose key stands in a Kubernetes Secret', () => {
  const user = new ArenaUser();
  let api: KubernetesApi;
  let service: HttpService;
  let valid = OLD;

  beforeAll(async () => {
    api = await KubernetesApi.start();
    api.secrets.set('shop/models', { OPENAI_API_KEY: OLD });
    service = await startHttpService(({ headers, body }, response) => {
      const said = `you sent ${headers.authorization}`;
      if (headers.authorization !== `Bearer ${valid}`) return answerJson(response, { error: { message: said } }, 401);
      // The key changes in the middle of the run, at the service first.
      if (body.includes('question 3')) {
        valid = NEW;
        api.secrets.set('shop/models', { OPENAI_API_KEY: NEW });
      }
      answerJson(response, { choices: [{ message: { content: said }, finish_reason: 'stop' }] });
    });
    const turns = Array.from({ length: 6 }, (_, index) => ({ role: 'user', content: `question ${index + 1}` }));
    const spec = {
      prompt_specs: { main: { task_type: 'main', system_template: 'Help.' } },
      provider_specs: {
        model: {
          type: 'openai',
          model: 'm',
          base_url: `${service.origin}/v1`,
          include_raw_output: true,
          credential: { secret_ref: { name: 'models' } },
        },
      },
      scenario_specs: { talk: { task_type: 'main', turns } },
      defaults: { output: { dir: 'out' } },
    };
    user.write({ 'config.arena.yaml': stringify({ kind: 'Arena', metadata: { name: 'keys' }, spec }) });
  });
  afterAll(async () => {
    await user.remove();
    await Promise.all([api.stop(), service.stop()]);
  });

  test('goes on with the new one, and leaves neither in anything that it writes', async () => {
    const env = { ...api.env, ARENA_SERVICE_ACCOUNT_DIR: api.folder };
    const { code, stdout, stderr } = await user.arena(['run', '.', '--format', 'json,html', '--verbose'], env);
    expect({ code, stderr }).toMatchObject({ code: EXIT.ok });
    const [record] = user.results();
    expect(record).toMatchObject({ verdict: 'passed', calls: 6 });
    expect(record?.messages.filter(({ role }) => role === 'assistant').map(({ content }) => content)).toEqual(
      Array(6).fill('you sent Bearer ***'),
    );
    // Six turns, and the one that was refused with the old key.
    expect(service.seen).toHaveLength(7);
    const written = readdirSync(join(user.folder, 'out'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    const everything = [stdout, stderr, ...written, ...user.stored()];
    const inBase64 = (text: string) => Buffer.from(text).toString('base64').slice(0, -4);
    const forms = [OLD, NEW, inBase64(OLD), inBase64(NEW), 'service-account-token'];
    expect(forms.filter((form) => everything.some((text) => text.includes(form)))).toEqual([]);
  }, 120_000);

  test('is refused before anything is called where there is no cluster', async () => {
    const before = service.seen.length;
    const { code, stderr } = await user.arena(['run', '.', '--name', 'outside']);
    expect(code).toBe(EXIT.usage);
    expect(stderr).toMatch(
      /config\.arena\.yaml:\d+:\d+ provider model: a Kubernetes Secret can be read by workers in a cluster only/,
    );
    expect(service.seen).toHaveLength(before);
  }, 120_000);
});
