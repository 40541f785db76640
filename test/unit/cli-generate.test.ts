import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { Command, CommanderError } from 'commander';
import { planMatrix } from '../../src/bundle/matrix.js';
import { type DatasetOptions, dataGenOf, datasetOptions } from '../../src/cli/dataset-options.js';
import { describeWork, estimateRecords } from '../../src/cli/describe-work.js';
import { ArenaError } from '../../src/core/errors.js';
import { dataGenSchema } from '../../src/schema/data-gen.js';
import { SOUND, soundBundle } from '../helpers/bundle-texts.js';

const folder = mkdtempSync(join(tmpdir(), 'arena-generate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function parsed(...args: string[]): DatasetOptions {
  const command = datasetOptions(new Command()).exitOverride();
  command.parse(args, { from: 'user' });
  return command.opts();
}

function refusal(...args: string[]): string {
  const said: string[] = [];
  const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  try {
    parsed(...args);
    throw new Error('was not refused');
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return said.join('');
  } finally {
    write.mockRestore();
  }
}

describe('arena generate', () => {
  test.each([
    [['--count', '0'], 'It must be a whole number from 1 to 10000000.'],
    [['--format', 'xml'], 'It must be jsonl or json or csv.'],
    [['--keep', 'some'], 'It must be all or passed.'],
    [['--dedupe', 'fuzzy'], '"fuzzy" is neither exact nor near=0.9.'],
    [['--dedupe', 'near=2'], 'It must be a number from 0 to 1.'],
    [['--dedupe', 'near=0'], 'near must be above 0.'],
    [['--split', '0'], 'It must be above 0.'],
    [['--split', '1'], 'It must be below 1.'],
    [['--seed', 'x'], 'It must be a whole number.'],
    [['--weight', 'a'], '"a" has not the form left=right.'],
    [['--weight', 'a=0'], 'The weight of "a" must be a number above 0'],
    [['--weight', 'a=1', '--weight', 'a=2'], '"a" stands there twice.'],
    [['--attempts', '101'], 'It must be a whole number from 1 to 100.'],
    [['--part-records', '0'], 'It must be a whole number from 1 to 10000000.'],
    [['--schema', ''], 'It must not be empty.'],
  ])('refuses %j', (args, why) => {
    expect(refusal(...args)).toContain(why);
  });

  test('asks for nothing that no option says', () => {
    expect(dataGenOf(parsed())).toEqual({});
  });

  test('writes what the options say into the input of the job', () => {
    const schema = fileOf('ticket.schema.json', '{"type": "object", "required": ["title"]}');
    const template = fileOf('row.yaml', 'question: "{{user}}"\nanswers: ["{{assistant}}"]\n');
    const options = parsed(
      ...['--count', '1000', '--format', 'csv', '--keep', 'passed', '--dedupe', 'exact,near=0.9', '--split', '0.1'],
      ...['-s', '-7', '--weight', 'refund=3', '--weight', 'greeting=0.5', '--attempts', '5', '--part-records', '400'],
      ...['--schema', schema, '--template', template],
    );
    const input = dataGenOf(options);
    expect(input).toEqual({
      ...{ count: 1000, format: 'csv', keep: 'passed', seed: -7, attempts: 5, partRecords: 400 },
      dedupe: { exact: true, near: 0.9 },
      split: { validation: 0.1 },
      weights: { refund: 3, greeting: 0.5 },
      record: {
        schema: { type: 'object', required: ['title'] },
        template: { question: '{{user}}', answers: ['{{assistant}}'] },
      },
    });
    expect(dataGenSchema.parse(input)).toEqual(input);
  });

  test.each([
    ['list.json', '[1, 2]', /holds no map, as the JSON Schema must be/],
    ['broken.yaml', 'a: [1', /broken\.yaml:1:/],
  ])('refuses the schema in %s with what is wrong', (name, text, why) => {
    const options = { schema: fileOf(name, text) };
    expect(() => dataGenOf(options)).toThrow(ArenaError);
    expect(() => dataGenOf(options)).toThrow(why);
  });

  test('says which file cannot be read', () => {
    expect(() => dataGenOf({ template: join(folder, 'gone.json') })).toThrow(
      /the template cannot be read: .*gone\.json/,
    );
  });
});

describe('the estimate of a data set', () => {
  const scenario = SOUND['scenarios/greeting.yaml'] ?? '';
  const arena = (SOUND['config.arena.yaml'] ?? '').replace(
    '  - file: scenarios/greeting.yaml\n',
    '  - file: scenarios/greeting.yaml\n    - file: scenarios/long.yaml\n',
  );
  // Two calls in place of one.
  const long = `${scenario.replaceAll('greeting', 'long')}    - role: user\n      content: And then?\n`;
  const bundle = soundBundle({ 'config.arena.yaml': arena, 'scenarios/long.yaml': long });
  const matrix = planMatrix(bundle, { trials: 1 });

  test('counts the calls of a record by the turns of each scenario', () => {
    expect(matrix.cells.map((cell) => cell.scenario)).toEqual(['greeting', 'long']);
    expect(estimateRecords({ bundle, matrix }, { count: 1000 }, {})).toMatchObject({
      conversations: 1000,
      calls: 1500,
    });
  });

  test('follows the weights; a scenario without one has 1', () => {
    expect(estimateRecords({ bundle, matrix }, { count: 100, weights: { greeting: 3, long: 1 } }, {}).calls).toBe(125);
    expect(estimateRecords({ bundle, matrix }, { count: 100, weights: { long: 4 } }, {}).calls).toBe(180);
  });

  test('stands beside the number of records when the run begins', () => {
    const ready = { bundle, matrix, packed: new Uint8Array(), folder, mockConfig: undefined };
    const kind = { type: 'datagen', dataGen: {} } as const;
    expect(describeWork(ready, { kind, workers: 1 })).toMatch(/^100 records of 2 scenarios and \d providers?/);
  });
});
