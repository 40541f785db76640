import { describe, expect, jest, test } from '@jest/globals';
import { CommanderError } from 'commander';
import { annotation, placeOf } from '../../src/cli/annotations.js';
import { exitCodeOf } from '../../src/cli/exit-codes.js';
import { FAIL_CONDITIONS, REPORT_FORMATS } from '../../src/cli/job-choices.js';
import { defaultJobName } from '../../src/cli/job-input.js';
import { buildProgram } from '../../src/cli/program.js';
import { table } from '../../src/cli/table.js';
import { ERROR_CODES, type ErrorCode } from '../../src/core/errors.js';
import { failConditions, reportFormats } from '../../src/schema/job.js';

/** What commander says about a command line that it refuses. */
async function refusal(...args: string[]): Promise<string> {
  const said: string[] = [];
  const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  try {
    await buildProgram(() => undefined).parseAsync(['node', 'arena', ...args]);
    throw new Error('was not refused');
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return said.join('');
  } finally {
    write.mockRestore();
  }
}

describe('the command line', () => {
  test.each([
    [['plan'], "missing required argument 'bundle'"],
    [['validate', '-f', ''], 'It must not be empty.'],
    [['run', 'b', '--trials', '0'], 'It must be a whole number from 1 to 10000.'],
    [['run', 'b', '--concurrency', '1.5'], 'It must be a whole number from 1 to 100000.'],
    [['run', 'b', '--formats', 'json,pdf'], '"pdf" is none of json, jsonl, csv, junit, markdown, html.'],
    [['run', 'b', '--var', 'name'], 'It must have the form name=value.'],
    [['run', 'b', '--data-dir', ''], 'It must not be empty.'],
    [['run', 'b', '--timeout', '10'], 'It must be a duration such as 30s, 5m or 1h30m.'],
    [['run', 'b', '--hold', 'long'], 'It must be a duration such as 30s or 5m, or 0s.'],
    [['run', 'b', '--timeout', '0s'], 'It must be a duration such as 30s, 5m or 1h30m.'],
    [['run', 'b', '--name', '../up'], 'It must start with a letter or digit'],
    [['run', 'b', '--scenario', 'a,,b'], 'It holds an empty entry.'],
    [['run', 'b', '--temperature', '2.1'], 'It must be a number from 0 to 2.'],
    [['run', 'b', '--top-p', '-1'], 'It must be a number from 0 to 1.'],
    [['run', 'b', '--max-tokens', '0'], 'It must be a whole number from 1.'],
    [['run', 'b', '--seed', '1.5'], 'It must be a whole number.'],
    [['run', 'b', '--override-provider', 'a'], '"a" has not the form left=right.'],
    [['run', 'b', '--override-provider', 'a=b', '--override-provider', 'a=c'], '"a" stands there twice.'],
    [['run', 'b', '--label', '=x'], '"=x" has not the form left=right.'],
    [['run', 'b', '--fail-on', 'assertion'], '"assertion" is none of assertion_failure'],
    [['run', 'b', '--simple'], '--simple is not an option here: write --ci'],
    [['run', 'b', '--roles', 'x'], '--roles is not an option here: leave it out'],
    [['run', 'b', '--selfplay'], '--selfplay is not an option here'],
    [['run', 'b', '--junit-file', 'j.xml'], 'defaults.output.junit.file'],
    [['run', 'b', '--markdown-file', 'r.md'], 'defaults.output.markdown.file'],
    [['run', 'b', '--audio-rate', '16000'], '--audio-rate is not an option here'],
    [['run', 'b', '--output', 'xml'], 'Allowed choices are table, json.'],
    [['run', 'b', '--trails', '3'], 'Did you mean --trials?'],
    [['rum', 'b'], 'Did you mean run?'],
    [['mock', '--error-rate', '2'], 'It must be a number from 0 to 1.'],
    [['mock', '--latency', '30-10'], 'It must be milliseconds, such as 200 or 100-300.'],
    [['mock', '--stall', '2s'], 'It must say how long, up to an hour, and when, such as 2s@30s.'],
    [['mock', '--stall', '2s@30s,2h@1s'], 'It must say how long, up to an hour, and when'],
  ])('refuses %j', async (args, message) => {
    expect(await refusal(...args)).toContain(message);
  });

  test('says of every verb what it does, with two examples', () => {
    for (const verb of buildProgram(() => undefined).commands) {
      let help = '';
      verb.configureOutput({ writeOut: (text) => (help += text) });
      verb.outputHelp();
      // An example may begin with the settings that the verb is run under.
      const example = `\\n {2}\\$ (?:[A-Z0-9_]+=\\S+ )*arena ${verb.name()}.*`;
      expect(help).toMatch(new RegExp(example + example));
    }
  });

  test('knows the choices of the job input', () => {
    expect([REPORT_FORMATS, FAIL_CONDITIONS]).toEqual([reportFormats, failConditions]);
  });
});

describe('the exit code', () => {
  test.each<[ErrorCode, number]>([
    ['invalid_input', 2],
    ['unsupported', 2],
    ['no_scenarios', 2],
    ['connection_failed', 7],
    ['unauthorized', 7],
    ['internal', 1],
  ])('of %s is %d', (code, exit) => {
    expect(exitCodeOf(code)).toBe(exit);
  });

  test('of no failure says that all is well', () => {
    const codes = Object.keys(ERROR_CODES) as ErrorCode[];
    expect(codes.filter((code) => ![1, 2, 7].includes(exitCodeOf(code)))).toEqual([]);
  });
});

describe('an annotation', () => {
  test('points at a line', () => {
    const place = placeOf('b/scenarios/a.yaml:14:9');
    expect(annotation('error', 'it failed', place)).toBe('::error file=b/scenarios/a.yaml,line=14,col=9::it failed');
  });

  test('stays one command whatever the text holds', () => {
    const text = annotation('warning', '100%\n::set-env name=x::y', { file: 'a:b,c.yaml' });
    expect(text).toBe('::warning file=a%3Ab%2Cc.yaml::100%25%0A::set-env name=x::y');
  });
});

describe('the name of a job', () => {
  test.each([
    ['Customer support (v2)', 'b', 'Customer-support-v2-'],
    ['', 'some/folder', 'folder'],
    ['日本', '/', 'run'],
  ])('made from "%s" in %s is %s', (bundle, path, name) => {
    expect(defaultJobName(bundle, path)).toBe(name);
  });
});

describe('a table', () => {
  test('aligns its columns and leaves no blanks at the ends', () => {
    expect(
      table(
        ['NAME', 'N'],
        [
          ['long name', '7'],
          ['b', '1234'],
        ],
        new Set([1]),
      ),
    ).toEqual(['NAME          N', 'long name     7', 'b          1234']);
  });
});
