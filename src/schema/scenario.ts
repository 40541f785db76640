/** A conversation to hold and what to expect of it. */
import { z } from 'zod';
import { assertionSchema } from './assertion.js';
import { contentPartSchema } from './content-part.js';
import { documentOf } from './document.js';
import { duration } from './duration.js';
import { jsonObject, jsonValue } from './json-value.js';
import { seedMemorySchema } from './memory.js';
import { toolPolicySchema } from './tool-policy.js';

const chaos = z
  .strictObject({
    tool_failures: z
      .array(
        z.strictObject({
          tool: z.string().min(1).describe('Name of the tool.'),
          mode: z
            .enum(['error', 'timeout', 'slow'])
            .describe('error and timeout: the tool is not run; slow: it runs 5 s late.'),
          probability: z
            .number()
            .min(0)
            .max(1)
            .optional()
            .describe('Share of the calls, 0..1, drawn by seed and conversation. Default: 1.'),
          message: z.string().optional().describe('Text of the error.'),
        }),
      )
      .optional()
      .describe('Tools that fail on purpose.'),
  })
  .describe('Faults injected into the turn.');

const turn = z
  .strictObject({
    role: z
      .string()
      .min(1)
      .describe('user (scripted), assistant (context, nothing is called), or the id of a self-play role.'),
    content: z.string().optional().describe('What is said; may hold {{variables}}.'),
    parts: z.array(contentPartSchema).optional().describe('Text and media, in place of content.'),
    persona: z.string().min(1).optional().describe('Who speaks on a self-play turn.'),
    turns: z.int().min(1).optional().describe('Exchanges that a self-play turn makes. Default: 1.'),
    max_turns: z.int().min(1).optional().describe('Exchanges after which a self-play turn ends at the latest.'),
    assistant_temp: z.number().min(0).max(2).optional().describe('Sampling temperature of the answer, 0..2.'),
    user_temp: z.number().min(0).max(2).optional().describe('Sampling temperature of the persona, 0..2.'),
    seed: z.int().optional().describe('Sampling seed of the answer.'),
    streaming: z.boolean().optional().describe('Overrides the scenario’s setting for this turn.'),
    consent_overrides: z
      .record(z.string(), z.enum(['grant', 'deny', 'timeout']))
      .optional()
      .describe('What the user answers when a client tool asks for consent, by tool.'),
    perturbations: z
      .record(z.string(), z.array(jsonValue).min(1))
      .optional()
      .describe('Values for {key} in content; every combination becomes a conversation.'),
    chaos: chaos.optional(),
    assertions: z.array(assertionSchema).optional().describe('Checks on the answer to this turn.'),
  })
  .describe('One step of the conversation.');

export type TurnSpec = z.infer<typeof turn>;

const contextPolicy = z
  .strictObject({
    token_budget: z.int().min(0).optional().describe('Tokens of a request. 0 or absent: nothing is cut.'),
    reserve_for_output: z.int().min(0).optional().describe('Tokens kept free for the answer. Default: 0.'),
    strategy: z
      .enum(['oldest', 'fail', 'summarize', 'relevance'])
      .optional()
      .describe('What happens when the history is too long. Default: oldest.'),
    cache_breakpoints: z.boolean().optional().describe('Mark the stable part for providers with prompt caching.'),
    relevance: z
      .strictObject({
        provider: z.string().min(1).describe('Embedding provider: its id, or a type such as openai.'),
        model: z.string().optional().describe('Embedding model in place of the provider’s.'),
        min_recent_messages: z.int().min(0).optional().describe('Newest messages that always stay. Default: 3.'),
        similarity_threshold: z
          .number()
          .min(-1)
          .max(1)
          .optional()
          .describe('Least similarity that stays, -1..1. Default: 0.'),
        query_source: z
          .enum(['last_user', 'last_n', 'custom'])
          .optional()
          .describe('What messages are compared with. Default: last_user.'),
        last_n_count: z.int().min(1).optional().describe('Messages that make up the query of last_n. Default: 3.'),
        custom_query: z.string().optional().describe('The query of custom; may hold {{variables}}.'),
        cache_embeddings: z
          .boolean()
          .optional()
          .describe('Keep embeddings between the requests of a conversation. Default: false.'),
        always_keep_system_role: z
          .boolean()
          .optional()
          .describe('Send the system message whatever it resembles. Default: true.'),
      })
      .optional()
      .describe('Settings of the strategy relevance.'),
  })
  .describe('How a long history is cut.');

const constraints = z
  .object({
    max_turns: z.int().min(1).optional().describe('Exchanges after which the conversation ends, with a warning.'),
    max_tokens_per_turn: z.int().min(1).optional().describe('Tokens of each answer at most; caps max_tokens.'),
    max_sentences: z.int().min(1).optional().describe('Sentences of an answer; reported as an eval, never gating.'),
    required_themes: z
      .array(z.string().min(1))
      .optional()
      .describe('Words that the answers are expected to hold; reported as an eval, never gating.'),
  })
  .catchall(jsonValue)
  .describe('What is expected of the conversation; further keys are the author’s notes and stand in the record.');

const contextMetadata = z
  .strictObject({
    domain: z.string().optional().describe('Template variable `domain`.'),
    user_role: z.string().optional().describe('Template variable `user_role`.'),
    role: z.string().optional().describe('Role of the model, for people.'),
    user_context: z
      .union([z.string(), z.array(z.string()).transform((lines) => lines.join(', '))])
      .optional()
      .describe('Situation of the user: template variable `user_context`. A list is joined by commas.'),
    user_conpatterns: z
      .union([z.string(), z.array(z.string()).transform((lines) => lines.join(', '))])
      .optional()
      .describe('Another spelling of user_context, found in published examples.'),
    session_goal: z.string().optional().describe('What the user wants, for people.'),
    project_stage: z.string().optional().describe('For people.'),
  })
  .transform(({ user_conpatterns, ...rest }) => ({ ...rest, user_context: rest.user_context ?? user_conpatterns }))
  .describe('The situation of the conversation.');

const selfPlay = z
  .strictObject({
    enabled: z.boolean().optional().describe('Default: true.'),
    persona: z.string().min(1).describe('Who plays the user.'),
    max_turns: z.int().min(1).optional().describe('Exchanges at most. Default: the persona’s max_turns, else 10.'),
    exit_conditions: z
      .array(z.string().min(1))
      .optional()
      .describe('Conditions that end it early. Default: those of the persona.'),
  })
  .describe('A persona plays the user, after the scripted turns if there are any.');

export const scenarioSpecSchema = z
  .strictObject({
    id: z.string().min(1).optional().describe('Id when metadata.name is absent.'),
    task_type: z.string().min(1).optional().describe('Which prompt answers.'),
    mode: z.string().optional().describe('The author’s own word for the kind of test; stands in the records.'),
    description: z.string().optional().describe('What is tested; stands in the records.'),
    labels: z.record(z.string(), jsonValue).optional().describe('Copied into records beside metadata.labels.'),
    turns: z.array(turn).optional().describe('The conversation.'),
    variables: jsonObject.optional().describe('Template variables; beat those of the Arena file and the prompt.'),
    context: jsonObject.optional().describe('Notes on the situation; stand in the records.'),
    context_metadata: contextMetadata.optional(),
    constraints: constraints.optional(),
    tool_policy: toolPolicySchema.optional(),
    providers: z
      .array(z.string().min(1))
      .optional()
      .describe('Ids of the providers it runs against; groups and capabilities then do not count.'),
    provider_group: z.string().min(1).optional().describe('Group of providers it runs against. Default: default.'),
    required_capabilities: z
      .array(z.string().min(1))
      .optional()
      .describe('Providers that lack one of these are left out.'),
    streaming: z.boolean().optional().describe('Ask for answers as a stream. Default: false.'),
    context_policy: contextPolicy.optional(),
    conversation_assertions: z.array(assertionSchema).optional().describe('Checks on the whole conversation.'),
    duplex: z
      .looseObject({
        timeout: duration.optional().describe('Time of one conversation; beats run_timeout.'),
      })
      .optional()
      .describe('Settings of a two-way audio stream; the turns are held as text, with a warning.'),
    voice: jsonValue.optional().describe('Settings of a spoken conversation; it is held as text, with a warning.'),
    trials: z.int().min(1).max(10_000).optional().describe('How often each conversation is held. Default: 1.'),
    seed_memories: z.array(seedMemorySchema).optional().describe('What the memory holds at the start.'),
    self_play: selfPlay.optional(),
  })
  .describe('A conversation to hold and what to expect of it.');

export const scenarioSchema = documentOf('Scenario', scenarioSpecSchema);

export type ScenarioSpec = z.infer<typeof scenarioSpecSchema>;
