/** Bundles that attack, run in processes of their own. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect } from '@jest/globals';
import { stringify } from 'yaml';

export const MIB = 1024 * 1024;

export interface Outcome {
  /** All errors of the bundle; absent when it ran. */
  refused?: string;
  told: { verdict: string; error?: string; assertions: [boolean, string][]; results: string[] }[];
  /** Processor time. */
  cpuMs: number;
  maxRssMb: number;
}

let root: string;

/** Of the test: the bundle is the folder `bundle` in it. */
export const folder = (): string => root;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'arena-attack-'));
});
afterEach(() => rmSync(root, { recursive: true }));

export interface Parts {
  arena?: object;
  prompt?: object;
  scenario?: object;
  tool?: object;
  mock?: object;
  texts?: { [path: string]: string };
}

export function write(path: string, text: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** A bundle of one conversation; what attacks stands in `parts`. */
export function bundle(parts: Parts): string {
  const document = (kind: string, name: string, spec: object) => stringify({ kind, metadata: { name }, spec });
  const model = { type: 'mock', model: 'm', additional_config: { mock_config: 'mock.yaml' } };
  const tool = { description: 'd', mode: 'mock', input_schema: { type: 'object' }, ...parts.tool };
  const texts: { [path: string]: string } = {
    'bundle/config.arena.yaml': document('Arena', 'attack', {
      prompt_configs: [{ id: 'main', file: 'prompt.yaml' }],
      providers: [{ file: 'model.yaml' }],
      scenarios: [{ file: 'talk.yaml' }],
      tools: [{ file: 'look.yaml' }],
      ...parts.arena,
    }),
    'bundle/prompt.yaml': document('PromptConfig', 'main', {
      task_type: 'main',
      system_template: 'Help.',
      allowed_tools: ['look'],
      ...parts.prompt,
    }),
    'bundle/talk.yaml': document('Scenario', 'talk', {
      task_type: 'main',
      turns: [{ role: 'user', content: 'Hello' }],
      ...parts.scenario,
    }),
    'bundle/model.yaml': document('Provider', 'model', model),
    'bundle/judge.yaml': document('Provider', 'judge', {
      ...model,
      additional_config: { mock_config: 'judge-mock.yaml' },
    }),
    'bundle/look.yaml': document('Tool', 'look', tool),
    'bundle/mock.yaml': stringify({ ...parts.mock }),
  };
  for (const [path, text] of Object.entries({ ...texts, ...parts.texts })) write(path, text);
  return join(root, 'bundle/config.arena.yaml');
}

/** Runs it in a process of its own; fails when that takes long or needs much. */
export async function attack(arenaFile: string): Promise<Outcome> {
  const outcome = await new Promise<Outcome>((resolve, reject) => {
    const run = join(process.cwd(), 'test/helpers/run-attack.mjs');
    execFile(process.execPath, [run, arenaFile], { timeout: 50_000, maxBuffer: 16 * MIB }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout));
      else reject(new Error(`${error.message}\n${stderr.slice(0, 2000)}`));
    });
  });
  expect(outcome.cpuMs).toBeLessThan(10_000);
  expect(outcome.maxRssMb).toBeLessThan(350);
  return outcome;
}
