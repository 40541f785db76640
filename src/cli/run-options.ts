/** Options that verbs which start runs, or look at what would run, have in common. */
import { type Command, Option } from 'commander';
import { FAIL_CONDITIONS, REPORT_FORMATS } from './job-choices.js';
import * as values from './option-values.js';
import { MAX_LOCAL_WORKERS, OUTPUT } from './verb.js';

/** Headings of `--help`, in the words of docs/running.md. */
const WHAT_RUNS = 'What runs:';
export const WHAT_COMES_OUT = 'What comes out:';

export const CI = ['--ci', 'plain lines, annotations and a job summary (default where CI is set)'] as const;
export const DETACH = ['--detach', 'start, say how to come back, and return'] as const;

export function configOption(command: Command): Command {
  return command
    .optionsGroup(WHAT_RUNS)
    .addOption(new Option('-c, --config <file>', 'the Arena file, in place of the argument').argParser(values.path));
}

/** Which conversations: those of scenarios alone. */
export function scenarioOptions(command: Command): Command {
  return command
    .optionsGroup(WHAT_RUNS)
    .option('--scenario <ids>', 'only these scenarios, comma-separated', values.list)
    .option('--provider <ids>', 'only these providers, comma-separated', values.list)
    .option('--include <globs>', 'only scenarios whose id, path or base name fits', values.list)
    .option('--exclude <globs>', 'not these, applied after --include', values.list)
    .option('--label <name=value>', 'only scenarios with this label; repeatable, all must fit', values.pairs)
    .option('--region <names>', 'values of the variable region; the matrix is held for each', values.list)
    .option('--override-provider <from=to>', 'another provider answers in the place of one; repeatable', values.pairs)
    .option('--var <name=value>', 'template variable, above all others; repeatable', values.variable)
    .option('--var-file <file>', 'YAML or JSON map of such variables; --var beats it', values.path)
    .option('--mock-provider', 'a mock in the place of every assistant, ids kept')
    .option('--mock-config <file>', 'answers of the mocks')
    .option('--allow-exec', 'tools may start programs of the bundle, with your rights');
}

/** Which conversations, and how often each. */
export function selection(command: Command): Command {
  return scenarioOptions(command)
    .option('--eval <ids>', 'only these evals of recordings, comma-separated', values.list)
    .option('--tag <names>', 'only evals of recordings with one of these tags, comma-separated', values.list)
    .option('--trials <n>', 'repetitions of each conversation', values.wholeNumber(1, 10_000));
}

export function evalOptions(command: Command): Command {
  return command
    .optionsGroup(WHAT_RUNS)
    .option('--eval-types <list>', 'only evals of these types, among those of prompts and bundle', values.list)
    .option('--skip-pack-evals', 'leave out the evals of prompts and bundle; assertions stay');
}

export function sampling(command: Command): Command {
  return command
    .optionsGroup('Sampling, before what the bundle says:')
    .option('--temperature <n>', 'temperature of all answers, 0 to 2', values.numberUpTo(2))
    .option('--top-p <n>', 'nucleus sampling, 0 to 1', values.numberUpTo(1))
    .option('--max-tokens <n>', 'tokens of an answer at most', values.wholeNumber(1));
}

export const workers = (): Option =>
  new Option('--workers <n>', 'worker processes').argParser(values.wholeNumber(1, MAX_LOCAL_WORKERS)).default(1);

export function pace(command: Command): Command {
  return command
    .optionsGroup('How it runs:')
    .option(
      '-j, --concurrency <n>',
      'calls in flight over all workers (default: the Arena file, else 6)',
      values.wholeNumber(1, 100_000),
    )
    .addOption(workers())
    .option(
      '--max-retries <n>',
      'further tries of a conversation after failures that pass by themselves',
      values.wholeNumber(0, 100),
    )
    .option(
      '--hold <duration>',
      'how long conversations wait for a provider that is down (default: 10m, 0s with --max-retries 0)',
      values.durationOrNone,
    )
    .option(
      '--timeout <duration>',
      'limit for the whole run, such as 30m; what is done by then is reported',
      values.duration,
    )
    .option('--cache', 'take answers with temperature 0 from the cache, at no cost, and keep new ones there')
    .option('--cache-all', 'the same with answers of any temperature')
    .option('--cache-max-age <duration>', 'only answers that are no older, such as 24h; means --cache', values.duration)
    .option('--name <name>', 'name of the run; one that is under way is attached to', values.jobName);
}

export function outcome(command: Command): Command {
  return command
    .optionsGroup(WHAT_COMES_OUT)
    .option('-o, --out <place>', 'folder of the reports, or s3://bucket/prefix (default: the Arena file, else out)')
    .option('--s3-endpoint <url>', 'with -o s3://…: address of another S3 server than AWS')
    .option('--s3-region <name>', 'with -o s3://…: region of the bucket (default: AWS_REGION, else us-east-1)')
    .option('--formats <list>', `reports: ${REPORT_FORMATS.join(',')}`, values.oneOfList(REPORT_FORMATS));
}

export function verdictOptions(command: Command): Command {
  return command
    .option(
      '--fail-on <list>',
      `what fails the run: ${FAIL_CONDITIONS.join(',')} (default: the Arena file, else all)`,
      values.oneOfList(FAIL_CONDITIONS),
    )
    .option('-v, --verbose', 'workers log every conversation; arena says where')
    .addOption(OUTPUT)
    .option(...CI);
}
