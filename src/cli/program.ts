/** All verbs with their options. The work of each is loaded when it is called, so that `--help` is quick. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { packageFolder } from '../local/programs.js';
import { refuseForeignOptions } from './foreign-options.js';
import { FAIL_CONDITIONS, REPORT_FORMATS } from './job-choices.js';
import * as values from './option-values.js';

type Finish = (code: number) => void;

const OUTPUT = new Option('--output <form>', 'form of the result on stdout')
  .choices(['table', 'json'])
  .default('table');
/** A worker takes some 250 MB; more of them than this on one machine is a slip of the keyboard. */
const MAX_LOCAL_WORKERS = 64;

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
    .option('-o, --out <folder>', 'folder of the reports (default: the Arena file, else out)')
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

function addServices(program: Command, finish: Finish): void {
  verb(program, 'dev', 'keep a Temporal server with its UI and workers up', ['arena dev', 'arena dev --stop'])
    .option('--workers <n>', 'worker processes', values.wholeNumber(1, MAX_LOCAL_WORKERS), 1)
    .option('--detach', 'stay up in the background')
    .option('--run <run>', 'the engine that this run had for itself, to look at it in the UI once more')
    .option('--stop', 'end it, wherever it was started')
    .option('--force', 'with --stop: also while runs are going on, which then halt')
    .action(async (options) => finish(await (await import('./commands/dev.js')).dev(options)));

  verb(program, 'worker', 'take work from the Temporal service that the environment names', [
    'TEMPORAL_ADDRESS=temporal:7233 arena worker',
    'ARENA_HEALTH_PORT=8081 ARENA_STORE=s3://results/arena arena worker',
  ]).action(async (options) => finish(await (await import('./commands/worker.js')).worker(options)));

  verb(program, 'controller', 'watch a Kubernetes cluster and run what its ArenaJobs ask for', [
    'arena controller --context kind-dev --address localhost:7233',
    'arena controller --namespaces team-a,team-b --worker-image registry.example/arena:1.0 --port 9090',
  ])
    .option('--namespaces <list>', 'namespaces that are watched (default: ARENA_NAMESPACES, else all)', values.list)
    .option(
      '--kubeconfig <file>',
      'kubeconfig (default: KUBECONFIG, in a pod its account, else ~/.kube/config)',
      values.path,
    )
    .option('--context <name>', 'context of it (default: the current one)', values.path)
    .option(
      '--address <host:port>',
      'the Temporal service (default: TEMPORAL_ADDRESS, else localhost:7233)',
      values.path,
    )
    .option('--temporal-namespace <name>', 'namespace there (default: TEMPORAL_NAMESPACE, else default)', values.path)
    .option('--worker-image <image>', 'image of workers of jobs (default: ARENA_WORKER_IMAGE)', values.path)
    .option('--artifact-url <url>', 'how others reach this controller (default: ARENA_ARTIFACT_URL)', values.path)
    .option(
      '--lease-namespace <name>',
      'where the Lease lies (default: ARENA_LEASE_NAMESPACE, else its own)',
      values.path,
    )
    .option('--host <address>', 'address to listen on (default: ARENA_CONTROLLER_HOST, else all in a pod)', values.path)
    .option('--port <n>', 'port of probes, metrics, artifacts (default: 8080)', values.wholeNumber(0, 65_535))
    .action(async (options) => finish(await (await import('./commands/controller.js')).controller(options)));

  verb(program, 'mock', 'serve the APIs of model vendors for tests', [
    'arena mock --port 8080 --latency 200',
    'arena mock --latency 100-300 --error-rate 0.01 --rate-limit-first 20 --script answers.yaml',
  ])
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on (default: a free one)', values.wholeNumber(0, 65_535))
    .option('--latency <ms>', 'time to answer, such as 200 or 100-300', values.latency)
    .option('--error-rate <share>', 'share of calls that fail, 0 to 1', values.share)
    .option('--error-status <n>', 'status of those (default: 500)', values.wholeNumber(400, 599))
    .option('--rate-limit-rate <share>', 'share of calls that get 429, 0 to 1', values.share)
    .option('--rate-limit-first <n>', 'as many first calls get 429', values.wholeNumber(0))
    .option('--retry-after-seconds <n>', 'what a 429 asks to wait (default: 1)', values.wholeNumber(0, 86_400))
    .addOption(new Option('--retry-after-form <form>', 'form of Retry-After').choices(['seconds', 'date']))
    .option('--seed <n>', 'seed of the shares above (default: 1)', values.wholeNumber(0))
    .option('--script <file>', 'scripted answers, YAML or JSON')
    .option('--api-key <key>', 'calls without this key are refused')
    .option('--model <list>', 'models that are listed', values.list)
    .option('--no-repeats', 'do not count repeated requests')
    .option('--agent', 'serve an agent over WebSocket in their place')
    .option('--cut-rate <share>', 'with --agent: share of turns whose connection is cut, 0 to 1', values.share)
    .action(async (options) =>
      finish(
        options.agent === true
          ? await (await import('./commands/mock-agent.js')).mockAgent(options)
          : await (await import('./commands/mock.js')).mock(options),
      ),
    );

  verb(program, 'doctor', 'check this machine and say what to do', ['arena doctor', 'arena doctor --output json'])
    .addOption(OUTPUT)
    .action(async (options) => finish(await (await import('./commands/doctor.js')).doctor(options)));
}

function verb(program: Command, usage: string, description: string, examples: [string, string]): Command {
  return program
    .command(usage)
    .description(description)
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`)
    .optionsGroup('Every verb:')
    .helpOption('-h, --help', 'show this')
    .option(
      '--data-dir <folder>',
      'runs, reports and engine (default: ARENA_DATA_DIR, else the user’s data folder)',
      values.path,
    )
    .option('--no-color', 'no colours')
    .option('-q, --quiet', 'say nothing but the result and what went wrong')
    .optionsGroup('Options:')
    .showHelpAfterError(`(arena ${usage.split(' ')[0]} --help shows the options)`)
    .exitOverride();
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
