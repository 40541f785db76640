import { describe, expect, test } from '@jest/globals';
import { parseCommand } from '../../conformance/command.js';
import { compareBundle } from '../../conformance/compare-bundle.js';
import { type Golden, readGolden } from '../../conformance/golden.js';
import type { Exception } from '../../conformance/waivers.js';
import type { ConversationRecord } from '../../src/core/conversation.js';

/** A record as the engine gives it, of a conversation with one tool call and one passing check. */
function record(more: Partial<ConversationRecord> = {}): ConversationRecord {
  return {
    schemaVersion: 1,
    id: 'order/a',
    index: 0,
    scenario: 'order',
    provider: 'a',
    trial: 1,
    verdict: 'passed',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Where is it?' },
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: 'c1', name: 'find', args: { b: [1, { y: 2, x: 1 }], a: 'ä' } }],
      },
      {
        role: 'tool',
        content: 'On its way',
        toolResult: { id: 'c1', name: 'find' },
        parts: [{ type: 'image', mimeType: 'image/png' }],
      },
      { role: 'assistant', content: 'It is on its way.' },
    ],
    assertions: [
      { level: 'turn', messageIndex: 4, type: 'contains', passed: true, score: 1, explanation: 'all patterns found' },
    ],
    violations: [],
    usage: {},
    timing: { startedAt: 0, durationMs: 0, callMs: 0, waitMs: 0 },
    calls: 2,
    attempt: 1,
    ...more,
  };
}

/** The golden of that record, written by hand. */
const RUN = {
  scenario: 'order',
  provider: 'a',
  region: 'default',
  turns: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Where is it?' },
    {
      role: 'assistant',
      content: '',
      toolCalls: [{ id: 'c1', name: 'find', args: { a: 'ä', b: [1, { x: 1, y: 2 }] } }],
    },
    {
      role: 'tool',
      content: '',
      toolResult: { id: 'c1', name: 'find', text: 'On its way', media: [{ type: 'image', mime: 'image/png' }] },
    },
    { role: 'assistant', content: 'It is on its way.', tokens: [1, 2] },
  ],
  assertions: [{ level: 'turn', messageIndex: 4, type: 'contains', passed: true, score: 1.00001, message: 'words' }],
  error: null,
  passed: true,
};

function golden(runs: object[] = [RUN], more: object = {}): Golden {
  return readGolden(JSON.stringify({ bundle: 'shop', runs, ...more }));
}

function differences(
  runs: object[],
  records: ConversationRecord[],
  more: object = {},
  exceptions: Exception[] = [],
): string[] {
  const { report } = compareBundle(golden(runs, more), { records }, exceptions);
  return report.differences.map(({ aspect, message }) => `${aspect}: ${message}`);
}

function withMessage(index: number, change: object): ConversationRecord {
  const messages = record().messages.map((message, at) => (at === index ? { ...message, ...change } : message));
  return record({ messages });
}

describe('a conversation compared with its golden', () => {
  test('is equal when everything the golden names is', () => {
    const { report } = compareBundle(golden(), { records: [record()] }, []);
    expect(report).toEqual({
      bundle: 'shop',
      runs: 1,
      verdictsEqual: 1,
      messagesEqual: 1,
      assertionsEqual: 1,
      waived: 0,
      differences: [],
    });
  });

  test.each([
    [
      'text',
      withMessage(4, { content: 'It is on its Way.' }),
      /message 4 \(assistant\): expected "It is on its way\."/,
    ],
    ['role', withMessage(1, { role: 'assistant' }), /expected role user, got assistant/],
    ['argument', withMessage(2, { toolCalls: [{ id: 'c1', name: 'find', args: { a: 'ä' } }] }), /arguments of find/],
    ['missing call', withMessage(2, { toolCalls: [] }), /expected calls of \[find\], got \[\]/],
    ['tool result', withMessage(3, { content: 'Lost' }), /expected "On its way", got "Lost"/],
    ['tool error', withMessage(3, { toolResult: { id: 'c1', name: 'find', error: 'no' } }), /unexpected error "no"/],
    ['media', withMessage(3, { parts: [] }), /expected media image image\/png, got $/],
    ['end', record({ messages: record().messages.slice(0, 4) }), /message 4: expected assistant .* got none/],
    [
      'more',
      record({ messages: [...record().messages, { role: 'user', content: 'And?' }] }),
      /1 more messages, first user "And\?"/,
    ],
  ])('differs by one %s', (_what, changed, message) => {
    expect(differences([RUN], [changed])).toEqual([
      expect.stringMatching(new RegExp(`^messages: .*${message.source}`)),
    ]);
  });

  test('differs by verdict, type, score, outcome or number of its checks', () => {
    expect(differences([RUN], [record({ verdict: 'failed' })])).toEqual(['verdict: expected passed, got failed']);
    const [first] = record().assertions;
    if (first === undefined) throw new Error('the record has one check');
    for (const change of [
      { type: 'regex' },
      { score: 0.9 },
      { passed: false },
      { messageIndex: 2 },
      { score: undefined },
    ]) {
      expect(differences([RUN], [record({ assertions: [{ ...first, ...change }] })])).toHaveLength(1);
    }
    expect(differences([RUN], [record({ assertions: [] })])[0]).toMatch(/got none/);
    expect(differences([RUN], [record({ assertions: [first, first] })])[0]).toMatch(/1 more assertions/);
  });

  test('is failed, not errored, where the reference calls failing checks an error', () => {
    const error = 'pipeline execution failed: validation failed: [assertion 0 (contains) failed: no]';
    expect(differences([{ ...RUN, passed: false, error }], [record({ verdict: 'failed' })])).toEqual([]);
    const broken = { ...RUN, passed: false, error: 'connection refused' };
    expect(differences([broken], [record({ verdict: 'errored' })])).toEqual([]);
    expect(differences([broken], [record({ verdict: 'failed' })])).toHaveLength(1);
  });

  test('compares hashes where the golden has no texts', () => {
    // Worked out with sha256sum over `It is on its way.`, `On its way` and `{"a":"ä","b":[1,{"x":1,"y":2}]}`.
    const hashed = JSON.parse(JSON.stringify(RUN));
    hashed.turns[4] = { role: 'assistant', contentSha: 'c54e1da639acc967' };
    hashed.turns[3].toolResult = { id: 'c1', name: 'find', textSha: 'c5d0f5f4b8b8dced' };
    hashed.turns[2].toolCalls = [{ id: 'c1', name: 'find', argsSha: '5cfca043490db617' }];
    expect(differences([hashed], [record()])).toEqual([]);
    expect(differences([hashed], [withMessage(4, { content: 'no' })])[0]).toMatch(/text of hash c54e1da639acc967/);
    expect(differences([hashed], [withMessage(3, { content: 'no' })])[0]).toMatch(/text of hash c5d0f5f4b8b8dced/);
    const call = { id: 'c1', name: 'find', args: {} };
    expect(differences([hashed], [withMessage(2, { toolCalls: [call] })])[0]).toMatch(/value of hash 5cfca043490db617/);
  });

  test('needs no messages where the golden leaves them out', () => {
    const { turns: _, ...omitted } = { ...RUN, turnsOmitted: true };
    expect(differences([omitted], [record({ messages: [] })])).toEqual([]);
  });
});

describe('a bundle compared with its golden', () => {
  const other = { ...RUN, scenario: 'refund' };

  test('misses runs and has runs too many', () => {
    const unknown = record({ scenario: 'unknown' });
    expect(differences([RUN, other], [record(), unknown])).toEqual([
      'runs: expected this run, got none',
      'runs: a run that the reference does not have',
    ]);
  });

  test('counts only the first trial, as the reference does', () => {
    expect(differences([RUN], [record(), record({ trial: 2, verdict: 'failed' })])).toEqual([]);
  });

  test('that is refused has that one difference', () => {
    const { report } = compareBundle(golden(), { records: [], refused: 'needs memory' }, []);
    expect(report).toMatchObject({ verdictsEqual: 0, differences: [{ aspect: 'refused', message: 'needs memory' }] });
  });

  test('that did not come to its end is not waived by an exception for bundles that are refused', () => {
    const exceptions: Exception[] = [{ bundle: golden().bundle, aspect: 'refused', reason: 'needs memory' }];
    const { report } = compareBundle(golden(), { records: [], broken: 'no worker' }, exceptions);
    expect(report).toMatchObject({ waived: 0, differences: [{ aspect: 'broken', message: 'no worker' }] });
  });

  test.each([
    [{ kind: 'reference-defect', where: 'scenario order' }, 1],
    [{ kind: 'environment', where: 'scenarios order, refund' }, 2],
    [{ kind: 'reference-defect', where: 'scenario refund with provider a' }, 1],
    [{ kind: 'reference-defect', where: 'every call of find with no hit' }, 2],
    [{ kind: 'reference-defect', where: 'markdown totals' }, 0],
    [{ kind: 'semantics-trap', where: 'scenario order' }, 0],
  ])('has its golden’s %j waived %i times', (defect, waived) => {
    const records = [record({ verdict: 'failed' }), record({ scenario: 'refund', verdict: 'failed' })];
    const found = compareBundle(golden([RUN, other], { referenceDefects: [defect] }), { records }, []);
    expect(found.report.waived).toBe(waived);
    expect(found.report.differences).toHaveLength(2 - waived);
    expect(found.report.verdictsEqual).toBe(0);
  });

  test('has runs waived that a missing network kept from being held, by a word of their name', () => {
    const errored = { ...RUN, scenario: 'tools-vision', passed: false, error: 'no such host' };
    const defect = { kind: 'environment', where: 'scenarios audio, vision' };
    const records = [record({ scenario: 'tools-vision' })];
    expect(differences([errored], records, { referenceDefects: [defect] })).toEqual([]);
    expect(differences([{ ...errored, error: null }], records, { referenceDefects: [defect] })).toHaveLength(1);
  });

  test('has waived what our own list names, and the list knows what it was needed for', () => {
    const needed: Exception = { bundle: 'shop', scenario: 'order', aspect: 'verdict', reason: 'known' };
    const idle: Exception = { bundle: 'shop', scenario: 'refund', reason: 'gone' };
    const { report, used } = compareBundle(golden(), { records: [record({ verdict: 'failed' })] }, [idle, needed]);
    expect(report).toMatchObject({ waived: 1, differences: [] });
    expect(used).toEqual([needed]);
  });
});

describe('the command of a golden', () => {
  test('gives the arguments of a run', () => {
    const command =
      'promptarena run --ci -c examples/a/config.arena.yaml --formats json,junit -o OUT --mock-provider --mock-config m.yaml --scenario a,b --provider=x --max-tokens 5';
    expect(parseCommand(command)).toEqual({
      config: 'examples/a/config.arena.yaml',
      mockProvider: true,
      mockConfig: 'm.yaml',
      scenarios: ['a', 'b'],
      providers: ['x'],
      regions: [],
      evals: [],
      maxTokens: 5,
    });
  });

  test('is refused when it holds an argument that would change the results', () => {
    expect(() => parseCommand('promptarena run --override-provider a=b')).toThrow('--override-provider');
  });
});
