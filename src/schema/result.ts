/** What a run leaves behind: one line of `results.jsonl`, and `summary.json`. Fields may be added within a schemaVersion. */
import { z } from 'zod';
import type { ConversationRecord } from '../core/conversation.js';
import { ERROR_CODES, type ErrorCode } from '../core/errors.js';
import type { RunSummary } from '../core/run.js';
import { jsonObject, jsonValue } from './json-value.js';

const count = z.int().min(0);
const ms = z.number().min(0);
const usd = z.number().min(0);
const epochMs = z.int().describe('Milliseconds since the epoch.');
const errorCodes = Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES);

const usage = z
  .object({
    inputTokens: count.optional().describe('Tokens sent, cached ones included.'),
    outputTokens: count.optional().describe('Tokens answered.'),
    cachedTokens: count.optional().describe('Tokens sent that the provider took from its cache.'),
  })
  .describe('Tokens used. A missing number is unknown, never zero.');

const failure = z
  .object({
    code: z.enum(errorCodes).describe('What kind of failure; a closed list.'),
    message: z.string().describe('What happened and why, in one sentence.'),
    hint: z.string().optional().describe('What to do about it.'),
    status: z.int().optional().describe('HTTP status or WebSocket close code of the other side.'),
    retryAfterMs: ms.optional().describe('How long the other side asked to wait, in milliseconds.'),
  })
  .describe('Why a conversation ended early.');

const violation = z
  .object({
    validator: z.string().describe('Type of the guardrail as written in the prompt.'),
    direction: z.enum(['input', 'output']).describe('Whether it fired on a user message or on an answer.'),
    score: z.number().describe('What the guardrail measured.'),
    message: z.string().optional().describe('The guardrail’s own words.'),
  })
  .describe('A guardrail that fired.');

const contentPart = z
  .object({
    type: z.enum(['text', 'image', 'audio', 'video', 'document']).describe('Kind of content.'),
    text: z.string().optional().describe('The text of a text part.'),
    mimeType: z.string().optional().describe('Media type, such as image/png.'),
    url: z.string().optional().describe('Address as written in the bundle.'),
    data: z.string().optional().describe('Content as base64.'),
    filePath: z.string().optional().describe('File as written in the bundle.'),
    detail: z.string().optional().describe('Resolution asked of the provider, for images.'),
    caption: z.string().optional().describe('Words that go with the media.'),
  })
  .describe('A piece of a message.');

const toolCall = z
  .object({
    id: z.string().describe('Id of the call within the conversation.'),
    name: z.string().describe('Name of the tool.'),
    args: jsonObject.describe('Arguments as the model gave them.'),
  })
  .describe('A tool call that the model asked for.');

const toolResult = z
  .object({
    id: z.string().describe('Which call this answers.'),
    name: z.string().describe('Name of the tool.'),
    error: z.string().optional().describe('Why the tool failed.'),
    latencyMs: ms.optional().describe('Time inside the tool, in milliseconds.'),
  })
  .describe('On tool messages: what was called.');

const message = z
  .object({
    role: z.enum(['system', 'user', 'assistant', 'tool']).describe('Who speaks.'),
    content: z.string().describe('The text.'),
    parts: z.array(contentPart).optional().describe('Pieces of a message that is more than text.'),
    toolCalls: z.array(toolCall).optional().describe('Tools the model called in this message.'),
    toolResult: toolResult.optional(),
    finishReason: z.string().optional().describe('Why the model stopped, in the provider’s words.'),
    usage: usage.optional(),
    costUsd: usd.optional().describe('US dollars of the call that made this message. Missing = unknown.'),
    latencyMs: ms.optional().describe('Time of that call in milliseconds, without waiting for permits or rate limits.'),
    ttftMs: ms.optional().describe('Milliseconds to the first token, when the answer was streamed.'),
    violations: z.array(violation).optional().describe('Guardrails that fired on this message.'),
    persona: z.string().optional().describe('Id of the persona that wrote a user message.'),
    state: z.string().optional().describe('Workflow state the message was written in.'),
    raw: jsonValue.optional().describe('Raw body of the provider’s answer, only where the provider file asks for it.'),
  })
  .describe('One message of the conversation.');

const assertion = z
  .object({
    level: z.enum(['turn', 'conversation']).describe('Judged after a turn, or at the end.'),
    messageIndex: count.optional().describe('On turn level: index in `messages` of the answer that was judged.'),
    type: z.string().describe('As written in the bundle.'),
    params: jsonObject.optional().describe('Parameters as written in the bundle.'),
    passed: z.boolean().describe('The verdict of this check.'),
    score: z.number().optional().describe('0 to 1; missing when the check gives none.'),
    explanation: z.string().describe('What the check found.'),
    message: z.string().optional().describe('The bundle author’s own words for this check.'),
    error: z.string().optional().describe('Why the check itself could not be carried out.'),
    skipped: z.boolean().optional().describe('True when the check’s condition was not met.'),
    passThreshold: z
      .number()
      .optional()
      .describe('Share of the trials of its group in which the check must pass, 0 to 1.'),
    value: jsonValue.optional().describe('What the check measured, where that is more than a score.'),
    evalId: z.string().optional().describe('Id of the eval that this is the result of.'),
    source: z.string().optional().describe('Where the assertion stands in the bundle, `file:line:col`.'),
  })
  .describe('Result of one assertion.');

const timing = z.object({
  startedAt: epochMs,
  durationMs: ms.describe('Wall time from the first call to the verdict, waiting included, in milliseconds.'),
  callMs: ms.describe('Milliseconds inside calls.'),
  waitMs: ms.describe('Milliseconds waiting for permits, rate limits and tries in place.'),
});

export const conversationRecordSchema = z
  .object({
    schemaVersion: z.literal(1).describe('Rises when a field changes its meaning or goes away.'),
    id: z.string().describe('`scenario/provider[/region][/tN]`: the same in every run of the same bundle and job.'),
    index: count.describe('Position in the plan, from 0.'),
    scenario: z.string().describe('Id of the scenario.'),
    provider: z.string().describe('Id of the provider.'),
    region: z.string().optional().describe('Value of the template variable `region`.'),
    trial: z.int().min(1).describe('Which repetition, from 1.'),
    perturbation: z.record(z.string(), jsonValue).optional().describe('Values that the scenario varies, by key.'),
    promptTask: z.string().optional().describe('Task type of the prompt.'),
    labels: z.record(z.string(), z.string()).optional().describe('Labels of the scenario.'),
    annotations: z.record(z.string(), z.string()).optional().describe('Annotations of the scenario.'),
    context: jsonObject.optional().describe('`context` and `context_metadata` of the scenario, for people.'),
    tags: z.array(z.string()).optional().describe('Tags of the eval that was carried out.'),
    verdict: z
      .enum(['passed', 'failed', 'errored'])
      .describe(
        'passed and failed are results of the checks; errored = the conversation could not be held as written.',
      ),
    error: failure.optional(),
    messages: z.array(message).describe('The conversation, the system message first.'),
    assertions: z.array(assertion).describe('Turn assertions in the order of turns, then those of the conversation.'),
    evals: z
      .array(assertion)
      .optional()
      .describe('Evals of the prompt and of the bundle; they never decide the verdict.'),
    violations: z.array(violation).describe('All guardrails that fired.'),
    toolStats: z
      .object({
        total: count.describe('Tool calls made.'),
        byTool: z.record(z.string(), count).describe('The same by tool.'),
      })
      .optional()
      .describe('Tool calls of the conversation.'),
    usage,
    costUsd: usd.optional().describe('US dollars over all calls; missing when any part is unknown.'),
    timing: timing.describe('When and how long.'),
    calls: count.describe('Calls to providers and agents, those taken from the journal after a crash included.'),
    judging: z
      .object({
        calls: count.describe('Calls to judges.'),
        usage,
        costUsd: usd.optional().describe('US dollars of these calls; missing when any part is unknown.'),
      })
      .optional()
      .describe('What judging took, within `calls`, `usage` and `costUsd` above.'),
    attempt: z.int().min(1).describe('Dispatches of this conversation so far, from 1.'),
    reused: z.literal(true).optional().describe('True when taken over from an earlier run by a retry.'),
    restarted: z
      .literal(true)
      .optional()
      .describe('True when held again from its start, because a stateful other side was gone.'),
    warnings: z.array(z.string()).optional().describe('What the reader should know about this conversation.'),
  })
  .describe(
    'One line of results.jsonl: a conversation and what was found out about it.',
  ) satisfies z.ZodType<ConversationRecord>;

const counts = z.object({
  total: count.describe('Conversations of the plan.'),
  passed: count.describe('Passed.'),
  failed: count.describe('Failed their checks.'),
  errored: count.describe('Could not be held. total minus these three = not run.'),
  reused: count.describe('Taken over from an earlier run; counted in their verdict as well.'),
});

const latency = z
  .object({
    count: count.describe('Calls measured.'),
    p50Ms: ms.optional().describe('Median, in milliseconds.'),
    p90Ms: ms.optional().describe('90th percentile, in milliseconds.'),
    p95Ms: ms.optional().describe('95th percentile, in milliseconds.'),
    p99Ms: ms.optional().describe('99th percentile, in milliseconds.'),
    maxMs: ms.optional().describe('The slowest call, in milliseconds.'),
  })
  .describe('Time of single calls. Percentiles are absent when nothing was measured.');

const tally = z.object({
  key: z.string().describe('Whose row this is.'),
  total: count.describe('Conversations planned.'),
  passed: count.describe('Passed.'),
  failed: count.describe('Failed their checks.'),
  errored: count.describe('Could not be held.'),
  usage,
  costUsd: usd.optional().describe('US dollars; missing when any part is unknown.'),
  latency,
});

const failedItem = z.object({
  id: z.string().describe('Id of the conversation.'),
  index: count.describe('Position in the plan, from 0.'),
  verdict: z.enum(['failed', 'errored']).describe('As in the record.'),
  reason: z.string().describe('Type of the first failed assertion, or error code.'),
  message: z.string().describe('What was found.'),
  hint: z.string().optional().describe('What to do about it.'),
  source: z.string().optional().describe('Where it stands in the bundle, `file:line:col`.'),
});

const reportFile = z.object({
  path: z.string().describe('Path below the report folder.'),
  bytes: count.describe('Size in bytes.'),
  format: z.string().describe('json, jsonl, csv, junit, markdown or html.'),
});

export const runSummarySchema = z
  .object({
    schemaVersion: z.literal(1).describe('Rises when a field changes its meaning or goes away.'),
    run: z.string().describe('Id of the run, `<job>/<n>`.'),
    job: z.string().describe('Name of the job.'),
    type: z.literal('evaluation').describe('Kind of run.'),
    phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Cancelled']).describe('How the run stands.'),
    reason: z
      .enum([
        'AllPassed',
        'NothingFailedOn',
        'AssertionsFailed',
        'InvalidBundle',
        'ProviderErrors',
        'TimedOut',
        'DeadlineExceeded',
        'Cancelled',
      ])
      .describe('Why the run ended as it did.'),
    message: z.string().describe('One sentence with the next step.'),
    exitCode: z.int().min(0).max(255).describe('Exit code of the command line for this run.'),
    bundle: z
      .object({
        name: z.string().describe('Name of the bundle.'),
        digest: z.string().describe('SHA-256 of the packed bundle, hex.'),
        source: z.string().describe('Where it came from.'),
      })
      .describe('What was run.'),
    retryOf: z.string().optional().describe('The earlier run whose results were taken over.'),
    startedAt: epochMs,
    endedAt: epochMs,
    counts: counts.describe('Conversations by how they ended.'),
    passRate: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('passed / (passed + failed + errored); absent when nothing ran.'),
    usage,
    costUsd: usd.optional().describe('US dollars; missing when any part is unknown.'),
    latency,
    calls: count.describe('Calls to providers and agents.'),
    providers: z.array(tally).describe('By provider.'),
    scenarios: z.array(tally).describe('By scenario.'),
    cells: z.array(tally).describe('By `scenario/provider`; at most 10,000.'),
    failures: z.array(failedItem).describe('At most 100; all of them stand in results.jsonl.'),
    warnings: z.array(z.string()).describe('What the reader should know about this run.'),
    reports: z.array(reportFile).describe('The files beside this one.'),
  })
  .describe('summary.json: a run as a whole.') satisfies z.ZodType<RunSummary>;
