/** One line of `results.jsonl`. Fields may be added within a schemaVersion. */
import { z } from 'zod';
import type { ConversationRecord } from '../core/conversation.js';
import { ERROR_CODES, type ErrorCode } from '../core/errors.js';
import { jsonObject, jsonValue } from './json-value.js';
import { cached, count, epochMs, ms, usage, usd } from './result-parts.js';

const errorCodes = Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES);

const failure = z
  .object({
    code: z.enum(errorCodes).describe('What kind of failure; a closed list.'),
    message: z.string().describe('What happened and why, in one sentence.'),
    hint: z.string().optional().describe('What to do about it.'),
    status: z.int().optional().describe('HTTP status or WebSocket close code of the other side.'),
    retryAfterMs: ms.optional().describe('How long the other side asked to wait, in milliseconds.'),
    lasting: z
      .literal(true)
      .optional()
      .describe(
        'Waiting is of no use, whatever the code says: it was waited for, or no key can be had in this process.',
      ),
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
    width: z.number().optional().describe('Pixels, as the bundle states them.'),
    height: z.number().optional().describe('Pixels, as the bundle states them.'),
    durationMs: ms.optional().describe('Length of audio or video in milliseconds, as the bundle states it.'),
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

const composition = z
  .object({
    name: z.string().describe('Name of the composition.'),
    description: z.string().optional().describe('Its description in the bundle.'),
    steps: z
      .array(
        z.object({
          id: z.string().describe('Id of the step.'),
          kind: z.enum(['prompt', 'agent', 'tool', 'branch', 'parallel']).describe('Kind of step.'),
          description: z.string().optional().describe('Its description in the bundle.'),
          ran: z.boolean().describe('Whether it ran: no branch may have led to it.'),
          output: z.string().optional().describe('Its output as text.'),
          taken: z.string().optional().describe('On branches: the step that was chosen.'),
          held: z.boolean().optional().describe('On branches: whether the predicate held.'),
          branches: z.array(z.string()).optional().describe('On parallel blocks: ids of their steps.'),
        }),
      )
      .describe('In the order in which they ran; those of a parallel block follow it.'),
  })
  .describe('How a composition came to this answer.');

const message = z
  .object({
    role: z.enum(['system', 'user', 'assistant', 'tool']).describe('Who speaks.'),
    content: z.string().describe('The text.'),
    at: ms.optional().describe('When it was said, in milliseconds since the epoch; on messages of a recording.'),
    parts: z.array(contentPart).optional().describe('Pieces of a message that is more than text.'),
    toolCalls: z.array(toolCall).optional().describe('Tools the model called in this message.'),
    toolResult: toolResult.optional(),
    finishReason: z.string().optional().describe('Why the model stopped, in the provider’s words.'),
    usage: usage.optional(),
    costUsd: usd.optional().describe('US dollars of the call that made this message. Missing = unknown.'),
    cached: z
      .literal(true)
      .optional()
      .describe('True when it came from the cache: usage and times are those of the call that brought it there.'),
    savedUsd: usd.optional().describe('US dollars of that call, on messages from the cache. Missing = unknown.'),
    latencyMs: ms.optional().describe('Time of that call in milliseconds, without waiting for permits or rate limits.'),
    ttftMs: ms.optional().describe('Milliseconds to the first token, when the answer was streamed.'),
    violations: z.array(violation).optional().describe('Guardrails that fired on this message.'),
    persona: z.string().optional().describe('Id of the persona that wrote a user message.'),
    exit: z
      .string()
      .optional()
      .describe('On the last message of a persona: the exit condition that it named, or max_turns_reached.'),
    state: z.string().optional().describe('Workflow state the message was written in.'),
    composition: composition.optional(),
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

const workflow = z
  .object({
    entered: z.array(z.string()).describe('States in the order in which they were entered, the first one included.'),
    transitions: z
      .array(
        z.object({
          from: z.string().describe('State that was left.'),
          to: z.string().describe('State that was entered.'),
          event: z.string().describe('Event that the model named.'),
          redirected: z
            .literal(true)
            .optional()
            .describe('True when the state of the event had no visits left, and `to` was entered in its place.'),
        }),
      )
      .describe('Changes of state, in order.'),
    artifacts: z.record(z.string(), z.string()).describe('Artifacts that were set, by name.'),
    complete: z.boolean().describe('Whether a terminal state was reached.'),
  })
  .describe('The way of the conversation through the workflow of its bundle.');

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
    heldBy: z
      .string()
      .optional()
      .describe('Id of the provider that answered in its place, where the job overrides it.'),
    region: z.string().optional().describe('Value of the template variable `region`.'),
    trial: z
      .int()
      .min(1)
      .describe('Which repetition, from 1; the trials of a scenario with perturbations hold its variants in turn.'),
    perturbation: z.record(z.string(), jsonValue).optional().describe('Values that the scenario varies, by key.'),
    promptTask: z.string().optional().describe('Task type of the prompt.'),
    agents: z.array(z.string()).optional().describe('Agents over A2A that the bundle declares, by their cards’ names.'),
    labels: z.record(z.string(), z.string()).optional().describe('Labels of the scenario.'),
    annotations: z.record(z.string(), z.string()).optional().describe('Annotations of the scenario.'),
    mode: z.string().optional().describe('`mode` of the scenario: the author’s own word for the kind of test.'),
    description: z.string().optional().describe('Description of the scenario or the eval.'),
    context: jsonObject
      .optional()
      .describe('`context`, `context_metadata` and `constraints` of the scenario under these names, for people.'),
    recording: z
      .object({
        file: z.string().describe('File of the bundle that holds it.'),
        name: z
          .string()
          .optional()
          .describe('Which of the conversations that the eval judges, when there are several.'),
        metadata: jsonObject.optional().describe('What the recording says about itself.'),
      })
      .optional()
      .describe('What was judged, when the conversation was recorded before.'),
    tags: z.array(z.string()).optional().describe('Tags of the eval that was carried out.'),
    verdict: z
      .enum(['passed', 'failed', 'errored'])
      .describe(
        'passed and failed are results of the checks; errored = the conversation could not be held as written.',
      ),
    tolerated: z
      .literal(true)
      .optional()
      .describe(
        'Failed, but only in checks that pass often enough over its trials (`pass_threshold`): the run does not fail by it.',
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
    workflow: workflow.optional(),
    usage,
    costUsd: usd.optional().describe('US dollars over all calls; missing when any part is unknown.'),
    timing: timing.describe('When and how long.'),
    calls: count.describe('Calls to providers and agents, those taken from the journal after a crash included.'),
    cached: cached.optional(),
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
