import { describe, expect, test } from '@jest/globals';
import { runSettingsOf } from '../../activities/run-plan.js';
import { readRecordings } from '../../src/bundle/recordings/read-recordings.js';
import type { ConversationRecord } from '../../src/core/conversation.js';
import { RecordLine } from '../../src/report/record-line.js';
import { recordingName } from '../../src/report/recordings/recordings-writer.js';
import { sessionRecording } from '../../src/report/recordings/session-recording.js';
import { writeReports } from '../../src/report/write-reports.js';
import { ARENA, faultsWith, SOUND, soundBundle } from '../helpers/bundle-texts.js';
import { sampleSummary } from '../helpers/sample-records.js';

const START = Date.parse('2026-01-02T03:04:05Z');

const RECORD: ConversationRecord = {
  schemaVersion: 1,
  id: 'greeting/fast/t2',
  index: 0,
  scenario: 'greeting',
  provider: 'fast',
  region: 'eu',
  trial: 2,
  verdict: 'failed',
  messages: [
    { role: 'system', content: 'You help.' },
    {
      role: 'user',
      content: 'Look',
      persona: 'calm',
      parts: [
        { type: 'text', text: 'Look' },
        { type: 'image', mimeType: 'image/png', filePath: 'a.png' },
      ],
    },
    {
      role: 'assistant',
      content: '',
      toolCalls: [{ id: 'c', name: 'find', args: { a: [1] } }],
      latencyMs: 200,
      usage: { inputTokens: 3 },
      costUsd: 0.5,
    },
    { role: 'tool', content: 'gone', toolResult: { id: 'c', name: 'find', error: 'gone', latencyMs: 50 } },
    {
      ...{ role: 'assistant', content: 'Sorry', latencyMs: 250, finishReason: 'stop', state: 'done' },
      violations: [{ validator: 'banned_words', direction: 'output', score: 0.5, message: 'no' }],
    },
  ],
  assertions: [
    {
      level: 'turn',
      messageIndex: 4,
      type: 'contains',
      params: { patterns: ['x'] },
      passed: false,
      score: 0,
      explanation: 'no x',
    },
  ],
  violations: [],
  usage: {},
  timing: { startedAt: START, durationMs: 1000, callMs: 450, waitMs: 0 },
  calls: 2,
  attempt: 1,
};

/** Files that a run of these records would leave. */
async function written(
  records: ConversationRecord[],
  dir: string,
): Promise<{ files: Map<string, string>; reports: string[] }> {
  const files = new Map<string, string>();
  async function* lines() {
    for (const record of records) yield RecordLine.ofRecord(record);
  }
  const output = {
    open: async (path: string) => ({
      write: async (bytes: Uint8Array) => void files.set(path, (files.get(path) ?? '') + Buffer.from(bytes).toString()),
      end: async () => undefined,
      abort: async () => void files.delete(path),
    }),
  };
  const reports = await writeReports([], sampleSummary(records), lines(), output, { recordings: { dir } });
  return { files, reports: reports.map(({ path, format, bytes }) => `${path} ${format} ${bytes > 0}`) };
}

describe('the recording of a conversation', () => {
  test('tells who said what when, and how it was judged', () => {
    const { metadata, events } = sessionRecording(RECORD);
    expect(metadata).toMatchObject({
      session_id: 'greeting/fast/t2',
      scenario_id: 'greeting',
      provider_id: 'fast',
      region: 'eu',
      trial: 2,
      start_time: '2026-01-02T03:04:05.000Z',
      end_time: '2026-01-02T03:04:06.000Z',
      duration: 1_000_000_000,
      event_count: 5,
      verdict: 'failed',
      assertions: [{ level: 'turn', message_index: 4, type: 'contains', passed: false, score: 0, explanation: 'no x' }],
    });
    expect(events.map(({ sequence, type, offset }) => [sequence, type, offset / 1e6])).toEqual([
      [1, 'message.created', 0],
      [2, 'message.created', 0],
      [3, 'message.created', 200],
      [4, 'message.created', 250],
      [5, 'message.created', 500],
    ]);
    expect(events[4]?.timestamp).toBe('2026-01-02T03:04:05.500Z');
    expect(events[2]?.data.tool_calls).toEqual([{ id: 'c', name: 'find', args: { a: [1] } }]);
  });

  test('is read back as it was', async () => {
    const { files } = await written([RECORD], 'recordings');
    const [path = '', text = ''] = [...files].find(([name]) => name.startsWith('recordings/')) ?? [];
    const { conversations, faults } = readRecordings(path, Buffer.from(text), 'session');
    expect(faults).toEqual([]);
    const recording = conversations[0]?.read();
    expect(recording?.messages.map(({ at: _, ...message }) => message)).toEqual(RECORD.messages);
    expect(recording?.offsetsMs).toEqual([0, 0, 200, 250, 500]);
    expect(recording?.messages.at(-1)?.at).toBe(START + 500);
  });

  test('keeps the times of a conversation that has some', () => {
    const messages = RECORD.messages.map((message, index) => ({ ...message, at: START + index * 1000 }));
    expect(sessionRecording({ ...RECORD, messages }).events.map(({ offset }) => offset / 1e9)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('the recordings of a run', () => {
  test('are a file for each conversation that was held, told as one folder', async () => {
    const judged = { ...RECORD, id: 'old/eval', index: 2, recording: { file: 'old.json' } };
    const { files, reports } = await written(
      [RECORD, { ...RECORD, id: 'greeting/slow', index: 1 }, judged],
      'kept/talks',
    );
    expect([...files.keys()].filter((path) => path.startsWith('kept/'))).toEqual([
      expect.stringMatching(/^kept\/talks\/greeting_fast_t2-[0-9a-f]{8}\.recording\.json$/),
      expect.stringMatching(/^kept\/talks\/greeting_slow-[0-9a-f]{8}\.recording\.json$/),
    ]);
    expect(reports).toContain('kept/talks/ recording true');
  });

  test.each([
    ['../../etc/passwd', /^etc_passwd-[0-9a-f]{8}\.recording\.json$/],
    ['.hidden', /^hidden-/],
    ['日本', /^[0-9a-f]{8}\.recording\.json$/],
    ['x'.repeat(500), /^x{100}-[0-9a-f]{8}\.recording\.json$/],
    ['a b\n', /^a_b_-/],
  ])('have safe names: %j', (id, expected) => {
    expect(recordingName(id)).toMatch(expected);
  });

  test('have names that do not meet', () => {
    expect(recordingName('a/b')).not.toBe(recordingName('a_b'));
    expect(recordingName('a/b')).toBe(recordingName('a/b'));
  });

  // shows Arena.spec.defaults.output.recording.dir
  test.each([
    ['recordings', []],
    ['./kept/talks/', []],
    ['../outside', [/must be a plain relative path/]],
    ['/tmp/x', [/must be a plain relative path/]],
    ['results.jsonl', [/results\.jsonl is the file of a report/]],
  ])('go to %s', (dir, expected) => {
    const arena = (SOUND[ARENA] ?? '').replace(
      '  defaults:\n',
      `  defaults:\n    output: { recording: { enabled: true, dir: "${dir}" } }\n`,
    );
    expect(faultsWith({ [ARENA]: arena })).toEqual(expected.map((one) => expect.stringMatching(one)));
  });

  // shows Arena.spec.defaults.output.recording.enabled
  test.each([
    ['{}', undefined],
    ['{ recording: { dir: kept } }', undefined],
    ['{ recording: { enabled: false } }', undefined],
    ['{ recording: { enabled: true } }', { dir: 'recordings' }],
    ['{ recording: { enabled: true, dir: kept } }', { dir: 'kept' }],
  ])('are written with output: %s', (output, expected) => {
    const text = (SOUND[ARENA] ?? '').replace('  defaults:\n', `  defaults:\n    output: ${output}\n`);
    const bundle = soundBundle({ [ARENA]: text });
    expect(runSettingsOf({ bundle: { path: '/' } }, bundle).reports.recordings).toEqual(expected);
  });
});
