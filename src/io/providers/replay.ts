/** The provider that repeats a recorded conversation: its answers, tool calls included, in the place of a model. */
import type { Message } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import type { CompleteOptions, Completion, CompletionRequest, Provider } from '../../core/provider.js';
import type { RecordedConversation, Recording } from '../../core/recording.js';
import { pause } from '../pause.js';
import type { ReplaySettings } from './replay-settings.js';

/** Recordings kept as objects; others are read again from their file. */
const KEPT = 16;

/** No recorder takes longer over one answer; the conversation's own limit is far below. */
const MAX_DELAY_MS = 24 * 3_600_000;

export interface ReplayOptions extends ReplaySettings {
  id: string;
  /** Asked for at the first call: a bundle may hold recordings that nobody repeats. */
  conversations(): readonly RecordedConversation[];
}

/** A message of the recording and how long it took after the one before it, in milliseconds. */
interface Answer {
  message: Message;
  delayMs: number;
}

export class ReplayProvider implements Provider {
  readonly id: string;
  /** Only what is answered at once needs no permit and no record. */
  readonly local: boolean;
  private byScenario: ReadonlyMap<string | undefined, RecordedConversation> | undefined;
  private readonly kept = new Map<RecordedConversation, Recording>();

  constructor(private readonly options: ReplayOptions) {
    this.id = options.id;
    this.local = options.timing === 'instant';
  }

  async complete(request: CompletionRequest, { signal }: CompleteOptions): Promise<Completion> {
    const { context, messages } = request;
    const conversation = this.conversationOf(context.scenario);
    const recording = this.read(conversation);
    const { message, delayMs } =
      context.persona !== undefined
        ? this.byTurn(recording, messages, 'user', conversation.file)
        : this.options.match === 'content'
          ? this.byContent(recording, messages, conversation.file)
          : this.byTurn(recording, messages, 'assistant', conversation.file);
    const latencyMs = this.local ? 0 : Math.min(MAX_DELAY_MS, Math.round(delayMs / this.options.speed));
    if (latencyMs > 0) await pause(latencyMs, signal);
    return completionOf(message, latencyMs);
  }

  /** A file of many conversations is asked for the one of the same scenario. */
  private conversationOf(scenario: string): RecordedConversation {
    const all = this.options.conversations();
    // Of several the first: later entries of the map replace earlier ones.
    this.byScenario ??= new Map([...all].reverse().map((each) => [each.scenario, each]));
    const conversation = this.byScenario.get(scenario) ?? all[0];
    if (conversation !== undefined) return conversation;
    throw new ArenaError({
      code: 'invalid_input',
      message: `Provider ${this.id} has no recording that can be read.`,
      hint: 'see arena validate',
    });
  }

  private read(conversation: RecordedConversation): Recording {
    const known = this.kept.get(conversation);
    if (known !== undefined) return known;
    const recording = conversation.read();
    const oldest = this.kept.size >= KEPT ? this.kept.keys().next().value : undefined;
    if (oldest !== undefined) this.kept.delete(oldest);
    this.kept.set(conversation, recording);
    return recording;
  }

  /** The answer with the number of this one. A persona sees its own messages as answers. */
  private byTurn(recording: Recording, said: readonly Message[], role: Message['role'], file: string): Answer {
    const number = said.filter((message) => message.role === 'assistant').length;
    const places = placesOf(recording, (message) => message.role === role);
    const place = places[number];
    if (place === undefined) {
      throw this.nothingLeft(`has ${places.length} messages of the ${role}, number ${number + 1} is asked for`, file);
    }
    return answerAt(recording, place);
  }

  /** The answer to the same user message; further ones of it belong to its rounds of tool calls. */
  private byContent(recording: Recording, said: readonly Message[], file: string): Answer {
    const last = said.findLastIndex(({ role }) => role === 'user');
    const wanted = normal(said[last]?.content ?? '');
    const isWanted = ({ role, content }: Message) => role === 'user' && normal(content) === wanted;
    const asked = placesOf(recording, isWanted);
    // A question that was asked twice has two answers.
    const times = said.slice(0, last).filter(isWanted).length;
    const question = asked[Math.min(times, asked.length - 1)];
    if (question === undefined) {
      throw this.nothingLeft(`has no user message "${wanted.slice(0, 80)}"`, file, 'or set match: turn');
    }
    const round = said.slice(last + 1).filter(({ role }) => role === 'assistant').length;
    const next = placesOf(recording, ({ role }) => role === 'user').find((place) => place > question) ?? Infinity;
    const answers = placesOf(recording, ({ role }) => role === 'assistant');
    const place = answers.filter((each) => each > question && each < next)[round];
    if (place === undefined) throw this.nothingLeft(`has no further answer to "${wanted.slice(0, 80)}"`, file);
    return answerAt(recording, place);
  }

  private nothingLeft(why: string, file: string, more = ''): ArenaError {
    return new ArenaError({
      code: 'provider_rejected',
      message: `The recording ${file} of provider ${this.id} ${why}.`,
      hint: `record the conversation as the scenario has it now${more === '' ? '' : `, ${more}`}`,
    });
  }
}

function placesOf({ messages }: Recording, wanted: (message: Message) => boolean): number[] {
  return messages.flatMap((message, place) => (wanted(message) ? [place] : []));
}

function answerAt({ messages, offsetsMs }: Recording, place: number): Answer {
  const message = messages[place] ?? { role: 'assistant', content: '' };
  const at = offsetsMs[place];
  const before = offsetsMs.slice(0, place).findLast((offset) => offset !== undefined);
  const gap = at === undefined || before === undefined ? undefined : Math.max(0, at - before);
  return { message, delayMs: gap ?? message.latencyMs ?? 0 };
}

const normal = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').toLowerCase();

/** Nothing is spent on an answer that was paid for before. */
function completionOf({ content, parts, toolCalls, finishReason, usage }: Message, latencyMs: number): Completion {
  const completion: Completion = { content, costUsd: 0, latencyMs };
  if (parts !== undefined) completion.parts = parts;
  if (toolCalls !== undefined) completion.toolCalls = toolCalls;
  if (usage !== undefined) completion.usage = usage;
  completion.finishReason = finishReason ?? (toolCalls === undefined ? 'stop' : 'tool_calls');
  return completion;
}
