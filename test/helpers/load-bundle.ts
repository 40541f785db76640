import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** A bundle whose conversations make one request each, all alike. */
export function writeLoadBundle(folder: string, url: string): void {
  const spec = {
    prompt_specs: { main: { task_type: 'main', version: 'v1', description: 'd', system_template: 'You help.' } },
    provider_specs: { model: { type: 'openai', model: 'm', base_url: url } },
    scenario_specs: { s: { task_type: 'main', description: 'd', turns: [{ role: 'user', content: 'Hello?' }] } },
  };
  const apiVersion = 'promptkit.altairalabs.ai/v1alpha1';
  mkdirSync(folder, { recursive: true });
  const text = stringify({ apiVersion, kind: 'Arena', metadata: { name: 'load' }, spec });
  writeFileSync(join(folder, 'config.arena.yaml'), text);
}
