import { basename, resolve } from 'node:path';
import type { FailCondition, JobInput, ReportFormat } from '../schema/job.js';
import { type ReadyBundle, type SelectionOptions, selectionOf, variablesOf } from './read-bundle.js';
import { outputOf } from './report-output.js';

/** Options of `run` that become part of the workflow's input. */
export interface JobOptions extends SelectionOptions {
  temperature?: number;
  topP?: number;
  maxTokens?: number;
  seed?: number;
  skipPackEvals?: boolean;
  failOn?: FailCondition[];
  verbose?: boolean;
  concurrency?: number;
  workers: number;
  maxRetries?: number;
  hold?: string;
  timeout?: string;
  cache?: boolean;
  cacheAll?: boolean;
  cacheMaxAge?: string;
  out?: string;
  s3Endpoint?: string;
  s3Region?: string;
  formats?: ReportFormat[];
  retryOf?: string;
  /** What kind of run it is, with its own settings. Default: an evaluation. */
  kind?: Pick<JobInput, 'type' | 'loadTest' | 'dataGen'>;
}

/** Where reports go when neither the command nor the Arena file says. */
const DEFAULT_OUT = 'out';

/** What the workflow is asked, from the options of the command line. */
export function jobInput(job: string, { bundle, mockConfig }: ReadyBundle, options: JobOptions): JobInput {
  const { scenarios, providers, include, exclude, regions, trials, labels, evals, tags } = selectionOf(options);
  const { temperature, topP, maxTokens, seed } = options;
  const list = (ids: readonly string[] | undefined): string[] | undefined => ids && [...ids];
  const folder = bundle.arena.spec.defaults?.output?.dir ?? DEFAULT_OUT;
  const select = withoutUndefined({
    scenarios: list(scenarios),
    providers: list(providers),
    include: list(include),
    exclude: list(exclude),
    labels,
    evals: list(evals),
    tags: list(tags),
  });
  return withoutUndefined({
    name: job,
    ...options.kind,
    bundle: { digest: bundle.digest },
    select: unlessEmpty(select),
    variables: unlessEmpty(variablesOf(options)),
    parameters: unlessEmpty(withoutUndefined({ temperature, topP, maxTokens, seed })),
    packEvals: unlessEmpty(withoutUndefined({ skip: options.skipPackEvals, types: options.evalTypes })),
    overrideProviders: options.overrideProvider,
    regions: list(regions),
    trials,
    concurrency: options.concurrency,
    workers: options.workers,
    maxRetries: options.maxRetries,
    hold: options.hold,
    cache: cacheOf(options),
    mockProvider: options.mockProvider,
    mockConfig,
    formats: options.formats,
    failOn: options.failOn,
    // Said here as well where the bundle asks for it: the processes of the run know it before they have the bundle.
    verbose: (options.verbose ?? bundle.arena.spec.defaults?.verbose) ? true : undefined,
    output: outputOf(options.out, folder, options),
    timeouts: options.timeout === undefined ? undefined : { run: options.timeout },
    retryOf: options.retryOf,
  });
}

function cacheOf({ cache, cacheAll, cacheMaxAge }: JobOptions): JobInput['cache'] {
  if (cache !== true && cacheAll !== true && cacheMaxAge === undefined) return undefined;
  return withoutUndefined({ mode: cacheAll ? ('all' as const) : undefined, maxAge: cacheMaxAge });
}

/** A job's name where the user gives none: the bundle's, as far as a name may hold its characters. */
export function defaultJobName(bundleName: string, path: string): string {
  const usable = (text: string): string => text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return (usable(bundleName) || usable(basename(resolve(path))) || 'run').slice(0, 100);
}

function unlessEmpty<T extends object>(value: T): T | undefined {
  return Object.keys(value).length > 0 ? value : undefined;
}

/** Inputs stand in the Temporal UI: what was not asked for is not shown. */
function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
