/** All verbs with their options. The work of each is loaded when it is called, so that `--help` is quick. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { packageFolder } from '../local/programs.js';
import { datasetOptions } from './dataset-options.js';
import { refuseForeignOptions } from './foreign-options.js';
import { REPORT_FORMATS } from './job-choices.js';
import { loadOptions } from './load-options.js';
import { amount, rateOrNone } from './load-values.js';
import * as values from './option-values.js';
import {
  CI,
  configOption,
  DETACH,
  evalOptions,
  outcome,
  pace,
  sampling,
  scenarioOptions,
  selection,
  verdictOptions,
  WHAT_COMES_OUT,
  workers,
} from './run-options.js';
import { addServices } from './service-verbs.js';
import { type Finish, OUTPUT, verb } from './verb.js';

/** `finish` gets the exit code of the verb that ran. */
export function buildProgram(finish: Finish): Command {
  const program = new Command('arena')
    .description('Evaluates prompts and agents: bundles in, conversations, verdicts and reports out.')
    .version(packageVersion(), '-V, --version')
    .showHelpAfterError('(arena --help lists the verbs)')
    .exitOverride();
  addRun(program, finish);
  addGenerate(program, finish);
  addChecks(program, finish);
  addNamedRuns(program, finish);
  addServices(program, finish);
  return program;
}

function addRun(program: Command, finish: Finish): void {
  const run = verb(program, 'run [bundle]', 'run a bundle (a folder or an Arena file) and write its reports', [
    'arena run ./bundle --mock-provider',
    'arena run ./bundle --scenario refund,greeting --provider gpt-4o --trials 5 --formats junit,html -o reports',
    "arena run ./bundle --rps 100 --duration 10m --threshold 'latency_p95<3s' --budget 5",
  ]);
  evalOptions(selection(configOption(run)));
  sampling(run).option('-s, --seed <n>', 'for providers that know a seed', values.integer);
  loadOptions(run);
  pace(run)
    .option('--retry-of <run>', 'take over what passed in that run, run the rest')
    .option(...DETACH);
  outcome(run).addOption(
    new Option('--format <list>', 'the same as --formats').argParser(values.oneOfList(REPORT_FORMATS)).hideHelp(),
  );
  verdictOptions(run).action(async (bundle, options) =>
    finish(await (await import('./commands/run.js')).run(bundle, options)),
  );
  refuseForeignOptions(run);

  verb(program, 'demo', 'run the quickstart bundle, offline', ['arena demo', 'arena demo -o /tmp/demo-reports'])
    .option('-o, --out <folder>', 'folder of the reports', 'out')
    .action(async (options) => finish(await (await import('./commands/demo.js')).demo(options)));
}

function addGenerate(program: Command, finish: Finish): void {
  const generate = verb(program, 'generate [bundle]', 'make a data set out of conversations, for training or tests', [
    'arena generate ./bundle --count 1000 --keep passed --dedupe exact,near=0.9',
    'arena generate ./bundle --count 200 --schema ticket.schema.json --format csv --split 0.1 -o data',
  ]);
  evalOptions(scenarioOptions(configOption(generate)));
  datasetOptions(generate);
  pace(sampling(generate)).option(...DETACH);
  verdictOptions(outcome(generate)).action(async (bundle, options) =>
    finish(await (await import('./commands/generate.js')).generate(bundle, options)),
  );
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
    'arena plan ./bundle --rps 100 --duration 10m',
  ]);
  loadOptions(selection(plan))
    .addOption(workers())
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

  verb(program, 'tune <run>', 'steer a run under way: pause it, or change the load and the budget of a load test', [
    'arena tune load --rps 80 --over 30s',
    'arena tune load/3 --add-budget 5 --resume',
  ])
    .option('--rps <n>', 'another target of the open model, in requests a second', rateOrNone)
    .option('--users <n>', 'another target of the closed model', values.wholeNumber(0, 100_000))
    .option('--over <duration>', 'reach it in a straight line over this time (default: at once)', values.duration)
    .option('--pause', 'begin nothing new; calls in flight end')
    .option('--resume', 'go on')
    .option('--stop', 'end a load test before its time; it is judged by what it has measured')
    .option('--add-budget <usd>', 'US dollars more to spend; a test that waits for them goes on', amount)
    .option('--add-budget-tokens <n>', 'tokens more to use', values.wholeNumber(1))
    .action(async (run, options) => finish(await (await import('./commands/tune.js')).tune(run, options)));

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

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}
