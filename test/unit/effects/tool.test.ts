import { describe, test } from '@jest/globals';
import { type Effect, results, type Seen, type Setting, showsEffect } from '../../helpers/effects.js';

const LOOK = { name: 'look', arguments: { at: 'it' } };
const LOOKS: Setting = { mock: { scenarios: { talk: { turns: { 1: { tool_calls: [LOOK] }, 2: 'Found.' } } } } };
const told = ({ requests }: Seen) => requests[0]?.tools?.[0]?.description;
const media = ({ record }: Seen) => record?.messages.flatMap(({ parts }) => parts ?? []).map(({ url }) => url);
const failed = ({ record }: Seen) => record?.messages.some(({ toolResult }) => toolResult?.error !== undefined);
const needs = (type: string) => ({ type: 'object', properties: { at: { type } } });
const finds = (type: string) => ({ type: 'object', properties: { found: { type } } });
const picture = (url: string) => ({ type: 'image', media: { url } });

describe('fields of a tool', () => {
  test.each<Effect>([
    ['Tool.spec.description', ['One', 'Two'], told, ['One', 'Two']],
    ['Tool.spec.input_schema', [needs('string'), needs('array')], failed, [false, true], LOOKS],
    ['Tool.spec.output_schema', [finds('boolean'), finds('array')], failed, [false, true], LOOKS],
    ['Tool.spec.mock_result', ['A', 'B'], results, [['A'], ['B']], LOOKS],
    ['Tool.spec.mock_template', ['{"at":"{{.at}}"}', '"{{.at}}!"'], results, [['{\n  "at": "it"\n}'], ['it!']], LOOKS],
    ['Tool.spec.mock_parts[]', [picture('http://a'), picture('http://b')], media, [['http://a'], ['http://b']], LOOKS],
  ])('%s', showsEffect);
});
