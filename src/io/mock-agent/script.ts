/**
 * Scripted answers of the agent server: rules that are tried in order, the first that fits answers.
 *
 *     answers:
 *       - when: { user: weather, turn: 1 }
 *         answer:
 *           tool_calls: [{ name: get_weather, arguments: { city: Denver } }]
 *           text: "It is {{results}}."
 *       - when: { user: order }
 *         times: 1
 *         answer: { cut: mid_turn }
 *     default: { text: "You said: {{content}}", chunks: 3 }
 */
import { RE2JS } from 're2js';
import { parse } from 'yaml';
import { z } from 'zod';
import { ArenaError } from '../../core/errors.js';

const scriptedToolCall = z.strictObject({
  id: z.string().optional().describe('Default: call_001, call_002 … within the turn.'),
  name: z.string(),
  arguments: z.unknown().optional().describe('An object, as a rule. Default: left out.'),
  consent_message: z.string().optional(),
  categories: z.array(z.string()).optional(),
});

const scriptedAnswer = z.strictObject({
  text: z
    .string()
    .optional()
    .describe(
      'The whole reply. {{content}} is the message, {{turn}} its number in the session, {{first}} the first message of ' +
        'the session, {{results}} what the tools answered. Default: "Echo: {{content}}".',
    ),
  parts: z.array(z.record(z.string(), z.unknown())).optional().describe('Sent in `done` in place of the text.'),
  chunks: z.int().min(0).max(10_000).optional().describe('Pieces in which the text is streamed before. Default 0.'),
  streamed: z.string().optional().describe('Streamed in place of the text, such as a mere beginning of it.'),
  done_without_text: z.boolean().optional().describe('`done` says nothing: the reply is what was streamed.'),
  delay_ms: z.number().min(0).optional().describe("Time to the first frame, in place of the server's own latency."),
  chunk_delay_ms: z.number().min(0).optional().describe('Time between pieces. Default 0.'),
  frames: z.array(z.unknown()).optional().describe('Sent first: a text as it stands, anything else as JSON.'),
  tool_calls: z.array(scriptedToolCall).optional().describe('Calls that are made at once, before the reply.'),
  tool_rounds: z.array(z.array(scriptedToolCall)).optional().describe('Several such rounds, one after the other.'),
  show_only: z.boolean().optional().describe('Nobody waits for the answers of the tools.'),
  size_mb: z.number().positive().max(128).optional().describe('The text is filled up to this many MiB.'),
  error: z
    .strictObject({
      code: z.string(),
      message: z.string().default('the mock agent was told to fail this turn'),
      with_session: z.boolean().default(true),
      after_chunks: z.boolean().default(false).describe('Sent after what is streamed, not before.'),
      then_done: z.boolean().default(false).describe('`done` follows all the same.'),
      keeps_slot: z.boolean().default(false).describe('Every further message of the connection is refused.'),
      goes_on: z.boolean().default(false).describe('The turn goes on as if nothing had happened.'),
    })
    .optional(),
  cut: z
    .enum(['before_frames', 'mid_turn', 'after_done'])
    .optional()
    .describe('The connection ends: before any frame of the turn, after half of what is streamed, after `done`.'),
  close_code: z.int().min(1000).max(4999).optional().describe('`cut` says good-bye with it. Default: it does not.'),
  silent: z.boolean().optional().describe('Neither `done` nor `error`, ever.'),
});

const scriptedRule = z
  .strictObject({
    when: z
      .strictObject({
        user: z.string().optional().describe('Part of the message, any case.'),
        user_matches: z.string().optional().describe('RE2 expression on the message.'),
        turn: z.int().min(1).optional().describe('Number of the turn in its session.'),
      })
      .prefault({}),
    times: z.int().min(1).optional().describe('The rule fits this often and then no more.'),
    answer: scriptedAnswer,
  })
  .describe('The first rule that fits answers.');

const agentScriptSchema = z.strictObject({
  answers: z.array(scriptedRule).default([]),
  default: scriptedAnswer.optional().describe('When no rule fits. Without it the server echoes.'),
});

export type MockAgentScript = z.input<typeof agentScriptSchema>;
export type AgentAnswer = z.output<typeof scriptedAnswer>;
export type ScriptedToolCall = z.output<typeof scriptedToolCall>;

/** Reads a script file, YAML or JSON. Throws `invalid_input` with all faults. */
export function parseAgentScript(text: string, file: string): MockAgentScript {
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw invalid(`${file} is not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  const result = agentScriptSchema.safeParse(document);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw invalid(`${file} is no script of an agent's answers: ${faults.join('; ')}`);
}

function invalid(message: string): ArenaError {
  return new ArenaError({ code: 'invalid_input', message });
}

/** Picks answers. Keeps count of what each rule has answered, so one instance serves one server. */
export class AgentScript {
  private readonly rules: { fits: (content: string, turn: number) => boolean; left: number; answer: AgentAnswer }[];
  private readonly fallback: AgentAnswer;

  constructor(script: MockAgentScript) {
    const { answers, default: fallback } = agentScriptSchema.parse(script);
    this.rules = answers.map(({ when, times = Infinity, answer }) => {
      const expression = when.user_matches === undefined ? undefined : RE2JS.compile(when.user_matches);
      const part = when.user?.toLowerCase();
      const fits = (content: string, turn: number) =>
        (when.turn === undefined || when.turn === turn) &&
        (part === undefined || content.toLowerCase().includes(part)) &&
        (expression === undefined || expression.matcher(content).find());
      return { fits, left: times, answer };
    });
    this.fallback = fallback ?? {};
  }

  /** `turn`: number of the message in its session, 1-based. */
  answer(content: string, turn: number): AgentAnswer {
    const rule = this.rules.find(({ left, fits }) => left > 0 && fits(content, turn));
    if (rule === undefined) return this.fallback;
    rule.left -= 1;
    return rule.answer;
  }
}
