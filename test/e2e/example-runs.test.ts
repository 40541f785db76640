import { cpSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConversationRecord } from '../../src/core/conversation.js';
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
