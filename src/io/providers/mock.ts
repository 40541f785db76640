/** The provider that needs no model: it answers from a script, at once, and the same each time. */
import { posix } from 'node:path';
import type { Message } from '../../core/conversation.js';
import { recordSeed } from '../../core/datagen/record-seed.js';
import { ArenaError } from '../../core/errors.js';
import type { CallContext, Completion, CompletionRequest, Provider } from '../../core/provider.js';
import type { ArenaSpec } from '../../schema/arena.js';
import type { ProviderSpec } from '../../schema/provider.js';
import { type MockAnswer, type MockConfig, type MockScript, parseMockConfig } from './mock-config.js';

/** Made-up numbers that let reports and budgets be tried without a model: US dollars for a token of either kind. */
const COST_PER_TOKEN_USD = 0.01 / 1000;
const BYTES_PER_TOKEN = 4;
const TOKENS_OF_EMPTY_INPUT = 10;
const TOKENS_OF_EMPTY_ANSWER = 20;

export interface MockOptions {
  id: string;
  model: string;
  /** Absent: a fixed answer. */
  config?: MockConfig;
  /** True when it stands in for another provider (`--mock-provider`). */
  standIn?: boolean;
}

export class MockProvider implements Provider {
  readonly local = true;
  readonly id: string;

  constructor(private readonly options: MockOptions) {
    this.id = options.id;
  }

  complete(request: CompletionRequest): Promise<Completion> {
    const answer = this.lookUp(request);
    const content = drawn(answer, request);
    const outputTokens = tokensOf(content) || TOKENS_OF_EMPTY_ANSWER;
    const inputTokens = inputTokensOf(request.messages) || TOKENS_OF_EMPTY_INPUT;
    const completion: Completion = {
      content,
      finishReason: 'stop',
      usage: { inputTokens, outputTokens },
      costUsd: (inputTokens + outputTokens) * COST_PER_TOKEN_USD,
      latencyMs: 0,
    };
    if (answer.parts !== undefined) completion.parts = answer.parts;
    if (answer.toolCalls !== undefined && request.tools !== undefined && request.tools.length > 0) {
      completion.toolCalls = answer.toolCalls;
      completion.finishReason = 'tool_calls';
    }
    return Promise.resolve(completion);
  }

  private lookUp({ context, messages }: CompletionRequest): MockAnswer {
    const { config, id, model, standIn } = this.options;
    if (config === undefined) {
      return { content: standIn ? 'Mock response from provider' : `Mock response from ${id} model ${model}` };
    }
    const script = config.scenarios.get(context.scenario);
    // A script's turns are mostly the assistant's, which a judge may share a file with: its default says more.
    if (context.judge && config.otherwise !== undefined) return config.otherwise;
    return (
      ownAnswer(config, script, context, messages) ??
      // The turns are those of the conversation: members of a team and tools take no part in it.
      (context.agent === undefined && context.tool === undefined
        ? script?.turns.get(turnOf(context, messages))
        : undefined) ??
      script?.otherwise ??
      config.otherwise ?? { content: `Mock response for provider ${id} model ${model}` }
    );
  }
}

/** By the seed and the place in the conversation, so that turns of one conversation draw apart. */
function drawn({ content, anyOf }: MockAnswer, { parameters, messages }: CompletionRequest): string {
  const { seed } = parameters;
  if (anyOf === undefined || seed === undefined) return content;
  return anyOf[recordSeed(seed, messages.length) % anyOf.length] ?? content;
}

/** What is scripted for a persona, a step, a member or a tool alone. */
function ownAnswer(
  config: MockConfig,
  script: MockScript | undefined,
  { persona, step, agent, tool }: CallContext,
  messages: readonly Message[],
): MockAnswer | undefined {
  if (persona !== undefined) {
    const own = config.personas.get(persona);
    return own?.turns.get(personaTurn(messages)) ?? own?.otherwise;
  }
  const answer = script?.steps.get(step ?? agent ?? tool ?? '');
  if (answer?.toolCalls === undefined || !messages.some(({ role }) => role === 'tool')) return answer;
  // One answer stands for all rounds of a step: it calls tools in the first one.
  const { toolCalls: _, ...said } = answer;
  return said;
}

const turnOf = ({ persona }: CallContext, messages: readonly Message[]): number =>
  persona === undefined ? turnNumber(messages) : personaTurn(messages);

function userTurns(messages: readonly Message[]): number {
  return messages.reduce((count, { role }) => (role === 'user' ? count + 1 : count), 0);
}

/**
 * Number of the script's entry. A round of tool calls takes two, one for the call and one for the answer after its
 * result, and the turns that follow are shifted accordingly.
 */
function turnNumber(messages: readonly Message[]): number {
  const users = userTurns(messages);
  if (!messages.some(({ role }) => role === 'tool')) return users;
  const answers = messages.reduce((count, { role }) => (role === 'assistant' ? count + 1 : count), 0);
  return Math.max(users, answers) + 1;
}

/** Number of the user's message that the persona is to write: it sees its own earlier ones as answers. */
function personaTurn(messages: readonly Message[]): number {
  return messages.reduce((count, { role }) => (role === 'assistant' ? count + 1 : count), 1);
}

const tokensOf = (text: string): number => Math.floor(Buffer.byteLength(text) / BYTES_PER_TOKEN);

/** The system prompt does not count. */
function inputTokensOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { role, content }) => (role === 'system' ? sum : sum + tokensOf(content)), 0);
}

/** What of a bundle a mock provider needs. */
export interface MockSource {
  arena: { spec: ArenaSpec };
  files: ReadonlyMap<string, Uint8Array>;
}

export interface MockChoice {
  /** True when it stands in for another provider (`--mock-provider`). */
  standIn: boolean;
  /** Mock file for all, by its path in the bundle; beats the provider's own. */
  mockConfig?: string;
}

/**
 * The mock provider for a provider document. A missing file that the document itself names counts as none; one that the
 * caller names is an error. Throws an `ArenaError` when the file cannot be used.
 */
export function createMockProvider(
  source: MockSource,
  { id, spec }: { id: string; spec: ProviderSpec },
  choice: MockChoice,
): MockProvider {
  const config = mockConfigOf(source, spec, choice.mockConfig);
  return new MockProvider({ id, model: spec.model ?? '', config, standIn: choice.standIn });
}

function mockConfigOf(source: MockSource, spec: ProviderSpec, named: string | undefined): MockConfig | undefined {
  const own = spec.additional_config?.mock_config;
  const folder = source.arena.spec.defaults?.config_dir ?? '.';
  const path = named ?? (typeof own === 'string' && own !== '' ? posix.normalize(posix.join(folder, own)) : undefined);
  if (path === undefined) return undefined;
  const bytes = source.files.get(path);
  if (bytes !== undefined) return cachedConfig(path, bytes);
  if (named === undefined) return undefined;
  throw new ArenaError({ code: 'invalid_input', message: `there is no mock file ${named} in the bundle` });
}

/** One file often serves many providers. */
const parsed = new WeakMap<Uint8Array, MockConfig>();

function cachedConfig(path: string, bytes: Uint8Array): MockConfig {
  const known = parsed.get(bytes);
  if (known !== undefined) return known;
  const config = parseMockConfig(path, Buffer.from(bytes).toString('utf8'));
  parsed.set(bytes, config);
  return config;
}
