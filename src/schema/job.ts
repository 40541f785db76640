/** The input of the `arenaJob` workflow. The same document starts a run from the CLI, the Temporal UI or any SDK. */
import { z } from 'zod';
import { bundleRef } from './bundle-ref.js';
import { dataGenSchema } from './data-gen.js';
import { duration } from './duration.js';
import { kindFaults } from './job-kind.js';
import { jsonValue } from './json-value.js';
import { loadTestSchema } from './load-test.js';
import { s3OutputSchema } from './s3-output.js';

export const jobTypes = ['evaluation', 'loadtest', 'datagen'] as const;

export const reportFormats = ['json', 'jsonl', 'csv', 'junit', 'markdown', 'html'] as const;

export const failConditions = ['assertion_failure', 'provider_error', 'timeout', 'validation_error'] as const;

const cacheModes = ['deterministic', 'all'] as const;

/** The input stands in the workflow's history, and again whenever it continues as new. */
const MAX_INPUT_CHARACTERS = 48 * 1024;

const BESIDE_ARENA_JOB: ReadonlySet<string> = new Set(['bundle', 'type', 'name', 'retryOf', 'historyLimit']);

const selection = z
  .strictObject({
    scenarios: z
      .array(z.string().min(1))
      .optional()
      .describe('Ids of scenarios; an unknown one is refused. Default: all.'),
    providers: z
      .array(z.string().min(1))
      .optional()
      .describe('Ids of providers; an unknown one is refused. Default: by group.'),
    include: z
      .array(z.string().min(1))
      .optional()
      .describe('Globs, tried on scenario id, path and base name. `*` stops at `/`, `**` does not. Default: all.'),
    exclude: z.array(z.string().min(1)).optional().describe('Globs like `include`, applied after it.'),
    labels: z
      .record(z.string().min(1), z.string())
      .optional()
      .describe('Only scenarios with all of these labels; one that no scenario has is refused. Default: all.'),
    evals: z
      .array(z.string().min(1))
      .optional()
      .describe(
        'Ids of evals of recordings; an unknown one is refused. Scenarios then run only where the selection names them as well, and the other way round. Default: all.',
      ),
    tags: z
      .array(z.string().min(1))
      .optional()
      .describe('Only evals of recordings with one of these tags; one that no eval has is refused. Like `evals`.'),
  })
  .describe('Which part of the matrix runs.');

const parameters = z
  .strictObject({
    temperature: z.number().min(0).max(2).optional().describe('Sampling temperature, 0..2.'),
    topP: z.number().min(0).max(1).optional().describe('Nucleus sampling, 0..1.'),
    maxTokens: z.int().min(0).optional().describe('Tokens of an answer at most. 0: as the bundle says.'),
    seed: z.int().optional().describe('Sampling seed.'),
  })
  .describe('Sampling of the assistants; each field beats turn, prompt, Arena file and provider file.');

const packEvals = z
  .strictObject({
    skip: z.boolean().optional().describe('Leave out the evals of prompts and of the bundle. Default: false.'),
    types: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('Only evals of these types. Assertions, guardrails and evals of recordings are not concerned.'),
  })
  .describe('Which evals of prompts and of the bundle (`evals`, `pack_evals`) are carried out. Default: all.');

const cache = z
  .strictObject({
    mode: z
      .enum(cacheModes)
      .default('deterministic')
      .describe('deterministic: only calls that ask for temperature 0. all: sampled answers as well.'),
    maxAge: duration.optional().describe('Older answers are asked for again. Default: none is too old.'),
  })
  .describe(
    'Answers of providers are kept in the store and taken from there when the very same call is due again, at no cost; agents are always asked.',
  );

const timeouts = z.strictObject({
  call: duration.optional().describe('One call to a provider. Default: the provider file, the Arena file, else 30s.'),
  item: duration
    .optional()
    .describe('One conversation, waiting included. Default: the Arena file’s run_timeout, else 5m.'),
  run: duration.optional().describe('The whole run; what has finished by then is reported. Default: none.'),
});

const output = z
  .strictObject({
    dir: z.string().min(1).optional().describe('A folder: an absolute path on the machine of the workers.'),
    s3: s3OutputSchema.optional(),
  })
  .refine(({ dir, s3 }) => (dir === undefined) !== (s3 === undefined), 'must hold exactly one of dir and s3')
  .describe('Exactly one of `dir` and `s3`: a place that gets a copy of the reports. The store always has them.');

export const jobInputSchema = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/,
        'must start with a letter or digit and hold only letters, digits, ".", "_" and "-"',
      )
      .optional()
      .describe('Name of the job in reports and search attributes. Default: the workflow id.'),
    type: z
      .enum(jobTypes)
      .default('evaluation')
      .describe(
        'What kind of run this is: conversations that are judged, load on providers and agents (`loadTest`), or conversations that become a data set (`dataGen`).',
      ),
    bundle: bundleRef,
    select: selection.optional(),
    variables: z
      .record(z.string(), jsonValue)
      .optional()
      .describe(
        'Template variables with the highest precedence. They travel in the workflow’s input: no secrets here.',
      ),
    regions: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('Values of the template variable `region`. Default: one, `default`.'),
    trials: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe('Repetitions of each conversation. Default: the scenario’s own, else 1.'),
    concurrency: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe('Calls in flight in the whole run. Default: the Arena file, else 6.'),
    workers: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('Worker processes that share the run; sizes its window. Default: 1.'),
    maxRetries: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .describe(
        'Further dispatches of an item after failures that pass by themselves. 0 also turns off the brief tries in place. Default: the Arena file, else none.',
      ),
    hold: duration
      .optional()
      .describe(
        'How long a provider may be down, or its key wrong, while its conversations wait and the others go on. 0s: they end at once. Default: 10m; 0s where maxRetries is written as 0.',
      ),
    parameters: parameters.optional(),
    loadTest: loadTestSchema.optional(),
    dataGen: dataGenSchema.optional(),
    packEvals: packEvals.optional(),
    cache: cache.optional(),
    overrideProviders: z
      .record(z.string().min(1), z.string().min(1))
      .optional()
      .describe(
        'Id of a provider → id of the one that answers in its place, as assistant, persona or judge. Plan and ids stay.',
      ),
    mockProvider: z
      .boolean()
      .optional()
      .describe('Replace every assistant provider by the built-in mock, ids kept. Default: false.'),
    mockConfig: z
      .string()
      .min(1)
      .optional()
      .describe('Mock answers for `mockProvider`, a path relative to the bundle folder.'),
    formats: z
      .array(z.enum(reportFormats))
      .optional()
      .describe('Reports beside summary.json and results.jsonl. Default: the Arena file, else json.'),
    output: output.optional(),
    failOn: z
      .array(z.enum(failConditions))
      .optional()
      .describe('What makes the run as a whole fail. Default: the Arena file, else all four.'),
    verbose: z
      .boolean()
      .optional()
      .describe('Workers log each conversation of this run. Default: the Arena file, else false.'),
    timeouts: timeouts.optional().describe('Limits in time.'),
    retryOf: z
      .string()
      .min(1)
      .optional()
      .describe('An earlier run: only its failed and missing items run, the other results are taken over.'),
    historyLimit: z
      .int()
      .min(100)
      .max(10_000)
      .optional()
      .describe('Events after which the workflow continues as new. Default: 8000.'),
  })
  .refine((input) => JSON.stringify(input).length <= MAX_INPUT_CHARACTERS, {
    error: `is longer than ${MAX_INPUT_CHARACTERS} characters; put large variables into the bundle, and keep dataGen.record short`,
  })
  .superRefine((input, context) => {
    if (!('arenaJob' in input.bundle)) return;
    for (const field of Object.keys(input)) {
      if (BESIDE_ARENA_JOB.has(field)) continue;
      const message = 'cannot stand beside bundle.arenaJob: write it in the ArenaJob';
      context.addIssue({ code: 'custom', path: [field], message });
    }
  })
  .superRefine((input, context) => {
    if ('arenaJob' in input.bundle) return;
    for (const { path, message } of kindFaults(input)) context.addIssue({ code: 'custom', path, message });
  })
  .describe('Input of the workflow arenaJob.');

/** As written by a caller: defaults not yet filled in. */
export type JobInput = z.input<typeof jobInputSchema>;
export type ReportFormat = (typeof reportFormats)[number];
export type FailCondition = (typeof failConditions)[number];
