/** All verbs with their options. The work of each is loaded when it is called, so that `--help` is quick. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { packageFolder } from '../local/programs.js';
import { refuseForeignOptions } from './foreign-options.js';
import { FAIL_CONDITIONS, REPORT_FORMATS } from './job-choices.js';
import * as values from './option-values.js';
import { addServices } from './service-verbs.js';
import { type Finish, MAX_LOCAL_WORKERS, OUTPUT, verb } from './verb.js';

/** Headings of `--help`, in the words of docs/running.md. */
const WHAT_RUNS = 'What runs:';
const WHAT_COMES_OUT = 'What comes out:';

const CI = ['--ci', 'plain lines, annotations and a job summary (default where CI is set)'] as const;
const DETACH = ['--detach', 'start, say how to come back, and return'] as const;

/** `finish` gets the exit code of the verb that ran. */
export function buildProgram(finish: Finish): Command {
  const program = new Command('arena')
    .description('Evaluates prompts and agents: bundles in, conversations, verdicts and reports out.')
    .version(packageVersion(), '-V, --version')
    .showHelpAfterError('(arena --help lists the verbs)')
    .exitOverride();
  addRun(program, finish);
  addChecks(program, finish);
  addNamedRuns(program, finish);
  addServices(program, finish);
  return program;
}

function addRun(program: Command, finish: Finish): void {
  const run = verb(program, 'run [bundle]', 'run a bundle (a folder or an Arena file) and write its reports', [
    'arena run ./bundle --mock-provider',
    'arena run ./bundle --scenario refund,greeting --provider gpt-4o --trials 5 --formats junit,html -o reports',
  ]);
  run
    .optionsGroup(WHAT_RUNS)
    .addOption(new Option('-c, --config <file>', 'the Arena file, in place of the argument').argParser(values.path));
  selection(run)
    .option('--eval-types <list>', 'only evals of these types, among those of prompts and bundle', values.list)
    .option('--skip-pack-evals', 'leave out the evals of prompts and bundle; assertions stay');
  sampling(run);
  run
    .optionsGroup('How it runs:')
    .option(
      '-j, --concurrency <n>',
      'calls in flight over all workers (default: the Arena file, else 6)',
      values.wholeNumber(1, 100_000),
    )
    .option('--workers <n>', 'worker processes', values.wholeNumber(1, MAX_LOCAL_WORKERS), 1)
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
    .option('--name <name>', 'name of the run; one that is under way is attached to', values.jobName)
    .option('--retry-of <run>', 'take over what passed in that run, run the rest')
    .option(...DETACH)
    .optionsGroup(WHAT_COMES_OUT)
    .option('-o, --out <place>', 'folder of the reports, or s3://bucket/prefix (default: the Arena file, else out)')
    .option('--s3-endpoint <url>', 'with -o s3://…: address of another S3 server than AWS')
    .option('--s3-region <name>', 'with -o s3://…: region of the bucket (default: AWS_REGION, else us-east-1)')
    .option('--formats <list>', `reports: ${REPORT_FORMATS.join(',')}`, values.oneOfList(REPORT_FORMATS))
    .addOption(
      new Option('--format <list>', 'the same as --formats').argParser(values.oneOfList(REPORT_FORMATS)).hideHelp(),
    )
    .option(
      '--fail-on <list>',
      `what fails the run: ${FAIL_CONDITIONS.join(',')} (default: the Arena file, else all)`,
      values.oneOfList(FAIL_CONDITIONS),
    )
    .option('-v, --verbose', 'workers log every conversation; arena says where')
    .addOption(OUTPUT)
    .option(...CI)
    .action(async (bundle, options) => finish(await (await import('./commands/run.js')).run(bundle, options)));
  refuseForeignOptions(run);

  verb(program, 'demo', 'run the quickstart bundle, offline', ['arena demo', 'arena demo -o /tmp/demo-reports'])
    .option('-o, --out <folder>', 'folder of the reports', 'out')
    .action(async (options) => finish(await (await import('./commands/demo.js')).demo(options)));
}

function addChecks(program: Command, finish: Finish): void {
  const validate = verb(program, 'validate [bundle]', 'find all faults of a bundle, or of manifests; calls nobody', [
    'arena validate ./bundle',
    'arena validate -f job.yaml -f source.yaml --ci',
  ]).option('-f, --filename <file>', 'manifests for the cluster, - for standard input; may be repeated', values.file);
  selection(validate)
    .optionsGroup(WHAT_COMES_OUT)
    .option(...CI)
    .action(async (bundle, options) =>
      finish(await (await import('./commands/validate.js')).validate(bundle, options)),
    );

  const plan = verb(program, 'plan <bundle>', 'show what a run would hold, call and cost; calls nobody', [
    'arena plan ./bundle --trials 5',
    'arena plan ./bundle --provider gpt-4o --output json',
  ]);
  selection(plan)
    .optionsGroup(WHAT_COMES_OUT)
    .addOption(OUTPUT)
    .action(async (bundle, options) => finish(await (await import('./commands/plan.js')).plan(bundle, options)));

  verb(program, 'schema <kind>', 'print the JSON Schema of a document, of the job input or of the results', [
    'arena schema scenario > scenario.schema.json',
    'arena schema job',
  ]).action(async (kind, options) => finish(await (await import('./commands/schema.js')).schema(kind, options)));
}

function addNamedRuns(program: Command, finish: Finish): void {
  verb(program, 'status [run]', 'show how runs stand', ['arena status', 'arena status nightly/3 --output json'])
    .addOption(OUTPUT)
    .action(async (run, options) => finish(await (await import('./commands/status.js')).status(run, options)));

  verb(program, 'wait <run>', 'stay with a run until it has ended; exits as it would have', [
    'arena wait nightly',
    'arena wait nightly/3 --output json',
  ])
    .addOption(OUTPUT)
    .option(...CI)
    .action(async (run, options) => finish(await (await import('./commands/wait.js')).wait(run, options)));

  verb(program, 'cancel <run>', 'end a run early; its partial reports are written', [
    'arena cancel nightly',
    'arena cancel nightly/3 --quiet',
  ])
    .addOption(OUTPUT)
    .action(async (run, options) => finish(await (await import('./commands/cancel.js')).cancel(run, options)));

  verb(program, 'retry <run>', 'run a run again, or what failed in it', [
    'arena retry nightly --failed',
    'arena retry nightly/3 --failed --detach',
  ])
    .option('--failed', 'only what failed or was not run; the other results are taken over')
    .option(...DETACH)
    .addOption(OUTPUT)
    .option(...CI)
    .action(async (run, options) => finish(await (await import('./commands/retry.js')).retry(run, options)));

  verb(program, 'report <run>', 'write the reports of a run that has ended', [
    'arena report nightly',
    'arena report nightly/3 --formats html,junit -o reports',
  ])
    .option('-o, --out <folder>', 'folder of the reports', 'out')
    .option(
      '--formats <list>',
      `other reports than the run wrote: ${REPORT_FORMATS.join(',')}`,
      values.oneOfList(REPORT_FORMATS),
    )
    .action(async (run, options) => finish(await (await import('./commands/report.js')).report(run, options)));
}

function selection(command: Command): Command {
  return command
    .optionsGroup(WHAT_RUNS)
    .option('--scenario <ids>', 'only these scenarios, comma-separated', values.list)
    .option('--provider <ids>', 'only these providers, comma-separated', values.list)
    .option('--include <globs>', 'only scenarios whose id, path or base name fits', values.list)
    .option('--exclude <globs>', 'not these, applied after --include', values.list)
    .option('--label <name=value>', 'only scenarios with this label; repeatable, all must fit', values.pairs)
    .option('--eval <ids>', 'only these evals of recordings, comma-separated', values.list)
    .option('--tag <names>', 'only evals of recordings with one of these tags, comma-separated', values.list)
    .option('--region <names>', 'values of the variable region; the matrix is held for each', values.list)
    .option('--override-provider <from=to>', 'another provider answers in the place of one; repeatable', values.pairs)
    .option('--trials <n>', 'repetitions of each conversation', values.wholeNumber(1, 10_000))
    .option('--var <name=value>', 'template variable, above all others; repeatable', values.variable)
    .option('--var-file <file>', 'YAML or JSON map of such variables; --var beats it', values.path)
    .option('--mock-provider', 'a mock in the place of every assistant, ids kept')
    .option('--mock-config <file>', 'answers of the mocks')
    .option('--allow-exec', 'tools may start programs of the bundle, with your rights');
}

function sampling(command: Command): Command {
  return command
    .optionsGroup('Sampling, before what the bundle says:')
    .option('--temperature <n>', 'temperature of all answers, 0 to 2', values.numberUpTo(2))
    .option('--top-p <n>', 'nucleus sampling, 0 to 1', values.numberUpTo(1))
    .option('--max-tokens <n>', 'tokens of an answer at most', values.wholeNumber(1))
    .option('-s, --seed <n>', 'for providers that know a seed', values.integer);
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}
