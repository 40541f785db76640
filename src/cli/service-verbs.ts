/** Verbs that stay up until they are stopped, and the one that checks the machine for them. */
import { type Command, Option } from 'commander';
import * as values from './option-values.js';
import { type Finish, MAX_LOCAL_WORKERS, OUTPUT, verb } from './verb.js';

export function addServices(program: Command, finish: Finish): void {
  verb(program, 'dev', 'keep a Temporal server with its UI and workers up', ['arena dev', 'arena dev --stop'])
    .option('--workers <n>', 'worker processes', values.wholeNumber(1, MAX_LOCAL_WORKERS), 1)
    .option('--detach', 'stay up in the background')
    .option('--run <run>', 'the engine that this run had for itself, to look at it in the UI once more')
    .option('--stop', 'end it, wherever it was started')
    .option('--force', 'with --stop: also while runs are going on, which then halt')
    .optionsGroup('On a cluster:')
    .addOption(
      new Option('--kube', 'watch the cluster of the current context, and run its ArenaJobs here').conflicts([
        'detach',
        'run',
        'stop',
      ]),
    )
    .option('--kubeconfig <file>', 'kubeconfig (default: KUBECONFIG, else ~/.kube/config)', values.path)
    .option('--context <name>', 'context of it (default: the current one)', values.path)
    .option('--namespaces <list>', 'namespaces that are watched (default: all)', values.list)
    .option('--install-crds', 'install the definitions of the kinds of Arena; they stay')
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
    .option('--stall <list>', 'hold all answers for a time, such as 2s@30s: 30 s after the first call', values.stalls)
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
