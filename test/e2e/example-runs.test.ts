import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { DataRecord } from '../../src/core/datagen/data-record.js';
import type { DatasetSummary } from '../../src/core/datagen/dataset-summary.js';
import { dataRecordSchema } from '../../src/schema/data-record.js';
import { ArenaUser } from '../helpers/arena-command.js';
import { snippetsOf } from '../helpers/checkout.js';

/** The commands of an example's page, each with the exit code that the page promises. */
function commandsOf(example: string): { args: string[]; exitCode: number }[] {
  return snippetsOf(`${example}/README.md`).map(({ commands, exitCode }) => ({
    args: commands.replace('npx arena ', '').replaceAll(example, basename(example)).split(' '),
    exitCode,
  }));
}

const user = new ArenaUser();
afterAll(() => user.remove());

/** Copies an example and validates it, which must find nothing to say. */
async function takeExample(example: string): Promise<void> {
  const folder = basename(example);
  cpSync(example, `${user.folder}/${folder}`, { recursive: true, filter: (path) => !/\/out$/.test(path) });
  const { code, stderr } = await user.arena(['validate', folder]);
  expect([code, stderr]).toEqual([0, '']);
}

const verdicts = (records: readonly ConversationRecord[]) =>
  records.map(({ id, verdict, tolerated }) => `${id} ${tolerated ? 'tolerated' : verdict}`);

describe('the support desk', () => {
  const example = 'examples/support-desk';
  let records: ConversationRecord[];

  beforeAll(async () => {
    await takeExample(example);
    const [command] = commandsOf(example);
    expect((await user.arena(command?.args ?? [])).code).toBe(command?.exitCode);
    records = user.results('support-desk/out');
  }, 120_000);

  test('passes', () => {
    expect(verdicts(records)).toEqual(['squealing-brakes/wren passed', 'hurried-commuter/wren passed']);
  });

  test('goes through its workflow, keeps an artifact and gets its tool from a skill', () => {
    const [brakes] = records;
    expect(brakes?.workflow).toMatchObject({
      entered: ['counter', 'workshop', 'goodbye'],
      artifacts: { findings: 'Worn pads at the front' },
      complete: true,
    });
    const results = brakes?.messages.filter(({ role }) => role === 'tool').map(({ content }) => content) ?? [];
    expect(results[0]).toContain('cargo bike');
    expect(results[2]).toContain('"added_tools": [\n    "find_slot"');
  });

  test('is left by its persona with a date, and is judged', () => {
    const said = records[1]?.messages.filter(({ role }) => role === 'user') ?? [];
    expect(said.map(({ exit }) => exit)).toEqual([undefined, undefined, 'satisfaction_expressed']);
    expect(said.at(-1)?.content).toBe('Tuesday is fine.');
    expect(records[1]?.judging?.calls).toBe(2);
    expect(records[1]?.evals?.map(({ type }) => type)).toEqual([
      'max_length',
      'max_length',
      'max_length',
      'llm_judge_session',
    ]);
  });
});

describe('tools and agents', () => {
  const example = 'examples/tools-and-agents';

  beforeAll(() => takeExample(example), 60_000);

  test('passes but for one trial, which its threshold allows for', async () => {
    const [command] = commandsOf(example);
    expect((await user.arena(command?.args ?? [])).code).toBe(command?.exitCode);
    const records = user.results('tools-and-agents/out');
    expect(records).toHaveLength(17);
    expect(verdicts(records).filter((line) => !line.endsWith(' passed'))).toEqual([
      'shaky-timetable/puffin/t2 tolerated',
    ]);
  }, 120_000);

  test('stays within the threshold with more trials', async () => {
    const [, command] = commandsOf(example);
    expect((await user.arena(command?.args ?? [])).code).toBe(command?.exitCode);
    expect(user.results('tools-and-agents/out')).toHaveLength(40);
  }, 120_000);
});

describe('data generation', () => {
  const example = 'examples/data-generation';
  const runs = commandsOf(example);
  const shown: string[] = [];

  beforeAll(async () => {
    await takeExample(example);
    for (const { args, exitCode } of runs) {
      const { code, stdout } = await user.arena(args);
      expect(code).toBe(exitCode);
      shown.push(stdout);
    }
  }, 240_000);

  const recordsOf = (file: string): DataRecord[] =>
    user
      .read(`data-generation/${file}`)
      .trimEnd()
      .split('\n')
      .map((line) => dataRecordSchema.parse(JSON.parse(line)));

  test('makes conversations for training and for validation, none of them twice', () => {
    const [train, validation] = [recordsOf('out/dataset/train.jsonl'), recordsOf('out/dataset/validation.jsonl')];
    expect([train.length, validation.length]).toEqual([54, 6]);
    const all = [...train, ...validation];
    expect(new Set(all.map(({ metadata }) => metadata.id)).size).toBe(60);
    expect(new Set(all.map(({ messages }) => JSON.stringify(messages))).size).toBe(60);
    expect(new Set(all.map(({ metadata }) => metadata.persona))).toEqual(new Set(['beginner', 'expert']));
    expect(JSON.stringify(all)).not.toMatch(/I cannot tell|EXIT:|Mock response/);
  });

  test('names its files with what they hash to, and shows them', () => {
    const { parts } = JSON.parse(user.read('data-generation/out/dataset.json')) as DatasetSummary;
    for (const { path, bytes, sha256 } of parts) {
      const file = Buffer.from(user.read(`data-generation/out/${path}`));
      expect([file.length, createHash('sha256').update(file).digest('hex')]).toEqual([bytes, sha256]);
      expect(user.read('data-generation/out/report.html')).toContain(sha256);
    }
    expect(shown[0]).toMatch(/COMPLETE {2}60 records of \d+ conversations/);
  });

  test('writes requests as rows that a spreadsheet does not compute', () => {
    const text = user.read('data-generation/out-form/dataset.csv');
    const rows = parse<{ [column: string]: string }>(text, { columns: true });
    expect(rows).toHaveLength(12);
    for (const row of rows) expect(JSON.parse(row.data ?? '')).toMatchObject({ plant: row['data.plant'] });
    const formulas = rows.filter((row) => row.data?.includes('=SUM')).map((row) => row['data.trouble']);
    expect(new Set(formulas)).toEqual(new Set(['\'=SUM(1;2) is written on its label, "odd"']));
  });

  test('fills a template, and says what is missing where there is no more to be said', () => {
    for (const { data, messages } of recordsOf('out-pairs/dataset.jsonl')) {
      expect(data).toMatchObject({ question: messages[1]?.content, answer: messages.at(-1)?.content });
    }
    expect(recordsOf('out-few/dataset.jsonl')).toHaveLength(5);
    expect(shown[3]).toContain('5 of 12 records');
    expect(user.summary('data-generation/out-few')).toMatchObject({ reason: 'RecordsMissing', exitCode: 5 });
  });
});
