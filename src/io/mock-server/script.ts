/**
 * Scripted answers of the mock server: rules that are tried in order, the first that fits answers.
 *
 *     answers:
 *       - when: { user: order status, after_tool: false }
 *         answer: { tool_calls: [{ name: find_order, arguments: { id: 7 } }] }
 *       - when: { user: order status }
 *         sequence: [{ status: 503 }, { text: It is on its way. }]
 *     default: { text: Hello. }
 */
import { RE2JS } from 're2js';
import { parse } from 'yaml';
import { z } from 'zod';
import { ArenaError } from '../../core/errors.js';
import { type ChatFacts, MEDIA_KINDS } from './wire.js';

const scriptedToolCall = z.strictObject({
  id: z.string().optional().describe('Default: made from the request, so that equal requests get equal ids.'),
  name: z.string(),
  arguments: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .default({})
    .describe('An object, or a text that is sent as it stands.'),
});

const rateLimitWindow = z.strictObject({
  limit: z.int().min(0),
  remaining: z.int().min(0),
  reset_seconds: z.number().min(0),
});

const scriptedAnswer = z.strictObject({
  text: z.string().optional(),
  thinking: z.string().optional().describe('What the model thought first, where the format shows it.'),
  refusal: z.string().optional().describe('The model declines, in the words that the format has for it.'),
  tool_calls: z.array(scriptedToolCall).optional(),
  finish_reason: z
    .string()
    .optional()
    .describe(
      'stop, length, tool_calls or content_filter, which each format says in its own words; any other goes out as it ' +
        'stands. Default: tool_calls when there are any, else stop.',
    ),
  usage: z
    .union([
      z.literal(false),
      z.strictObject({
        prompt_tokens: z.int().min(0),
        completion_tokens: z.int().min(0),
        cached_tokens: z.int().min(0).optional().describe('Of the prompt, read from a cache.'),
        cache_creation_tokens: z.int().min(0).optional().describe('Of the prompt, written to a cache.'),
        reasoning_tokens: z.int().min(0).optional().describe('Of the completion, spent on thinking.'),
      }),
    ])
    .optional()
    .describe('false leaves usage out. Default: a quarter of the bytes, both ways.'),
  size_mb: z.number().positive().max(64).optional().describe('The text is filled up to this many MiB.'),
  status: z.int().min(200).max(599).optional().describe('Default 200. From 300 up the body is an error object.'),
  error: z
    .strictObject({
      type: z.string().optional().describe("In the platform's words; default: the one that goes with the status."),
      code: z.string().optional(),
      message: z.string().optional(),
    })
    .optional()
    .describe(
      'What the body of a failure says. Without a status, a stream breaks off in its middle with it; an answer that ' +
        'is no stream gets the status of the type, else 500.',
    ),
  headers: z.record(z.string(), z.string()).optional(),
  rate_limit: z
    .strictObject({ requests: rateLimitWindow.optional(), tokens: rateLimitWindow.optional() })
    .optional()
    .describe('What is left of an allowance, in the headers of OpenAI, Azure or Anthropic.'),
  retry_after: z
    .union([z.number().min(0), z.string()])
    .optional()
    .describe('Seconds, or an HTTP date. Google says seconds in the body of the failure, without a header.'),
  body: z.unknown().optional().describe('The whole body: a text is sent as it stands, anything else as JSON.'),
  malformed: z
    .boolean()
    .optional()
    .describe('The body is cut in its middle, with a matching length; of a stream, one event is: not JSON.'),
  cut: z
    .enum(['connection', 'body'])
    .optional()
    .describe('The connection is destroyed: before any answer, or in the middle of the body.'),
  hang: z.boolean().optional().describe('The first half of the body, then nothing more until the client goes away.'),
  delay_ms: z.number().min(0).optional().describe("Time to answer, in place of the server's own latency."),
  chunks: z.int().min(1).max(10_000).optional().describe('Pieces of the text when it is streamed. Default 4.'),
  chunk_delay_ms: z.number().min(0).optional().describe('Time between streamed pieces. Default 0.'),
});

const scriptedRule = z
  .strictObject({
    when: z
      .strictObject({
        user: z.string().optional().describe('Part of the last user text, any case.'),
        user_matches: z.string().optional().describe('RE2 expression on the last user text.'),
        system: z.string().optional().describe('Part of the system message: marks a scenario.'),
        model: z.string().optional(),
        turn: z.int().min(1).optional().describe('Number of user messages so far.'),
        after_tool: z.boolean().optional().describe('Whether the last message is a tool result.'),
        tool_result: z.string().optional().describe('Part of the last message, which is a tool result.'),
        media: z.enum(MEDIA_KINDS).optional().describe('The last user message holds such a part.'),
      })
      .prefault({}),
    times: z.int().min(1).optional().describe('The rule fits this often and then no more.'),
    answer: scriptedAnswer.optional(),
    sequence: z.array(scriptedAnswer).min(1).optional().describe('One after the other; the last one stays.'),
  })
  .refine((rule) => (rule.answer === undefined) !== (rule.sequence === undefined), {
    error: 'needs either "answer" or "sequence"',
  });

const mockScriptSchema = z.strictObject({
  answers: z.array(scriptedRule).default([]),
  default: scriptedAnswer.optional().describe('When no rule fits. Without it the server echoes.'),
});

export type MockScript = z.input<typeof mockScriptSchema>;
export type ScriptedAnswer = z.output<typeof scriptedAnswer>;
type Rule = z.output<typeof scriptedRule>;

/** Reads a script file, YAML or JSON. Throws `invalid_input` with all faults. */
export function parseMockScript(text: string, file: string): MockScript {
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw invalid(`${file} is not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  const result = mockScriptSchema.safeParse(document);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw invalid(`${file} is not a script of answers: ${faults.join('; ')}`);
}

function invalid(message: string): ArenaError {
  return new ArenaError({ code: 'invalid_input', message });
}

/** Picks answers. Keeps count of what each rule has answered, so one instance serves one server. */
export class Scripted {
  private readonly rules: { rule: Rule; fits: (facts: ChatFacts) => boolean; used: number }[];
  private readonly fallback: ScriptedAnswer | undefined;

  constructor(script: MockScript) {
    const checked = mockScriptSchema.parse(script);
    this.rules = checked.answers.map((rule) => ({ rule, fits: condition(rule), used: 0 }));
    this.fallback = checked.default;
  }

  answer(facts: ChatFacts): ScriptedAnswer | undefined {
    for (const entry of this.rules) {
      if (entry.rule.times !== undefined && entry.used >= entry.rule.times) continue;
      if (!entry.fits(facts)) continue;
      entry.used += 1;
      const { answer, sequence } = entry.rule;
      return answer ?? sequence?.[Math.min(entry.used, sequence.length) - 1];
    }
    return this.fallback;
  }
}

function condition({ when }: Rule): (facts: ChatFacts) => boolean {
  const user = when.user?.toLowerCase();
  const expression = when.user_matches === undefined ? undefined : RE2JS.compile(when.user_matches);
  return (facts) =>
    (user === undefined || facts.user.toLowerCase().includes(user)) &&
    (expression === undefined || expression.matcher(facts.user).find()) &&
    (when.system === undefined || facts.system.includes(when.system)) &&
    (when.model === undefined || facts.model === when.model) &&
    (when.turn === undefined || facts.turn === when.turn) &&
    (when.after_tool === undefined || facts.afterTool === when.after_tool) &&
    (when.tool_result === undefined || (facts.afterTool && facts.toolResult.includes(when.tool_result))) &&
    (when.media === undefined || facts.media.includes(when.media));
}
