/** One conversation and what was found out about it: the shapes that records, reports and the engine share. */
import type { Failure } from './errors.js';

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

export interface ToolCall {
  id: string;
  name: string;
  args: { [key: string]: JsonValue };
}

/** A piece of a message. `data` is base64; `url` and `filePath` stand as written in the bundle. */
export interface ContentPart {
  type: 'text' | 'image' | 'audio' | 'video' | 'document';
  text?: string;
  mimeType?: string;
  url?: string;
  data?: string;
  filePath?: string;
  detail?: string;
  caption?: string;
  /** Size and length as the author states them; checks believe them only where the content is not at hand. */
  width?: number;
  height?: number;
  durationMs?: number;
}

/** What one model call used. A missing number is unknown, never zero. */
export interface Usage {
  inputTokens?: number;
  outputTokens?: number;
  cachedTokens?: number;
}

/** A guardrail that fired on a message. Guardrails that pass are not recorded. */
export interface Violation {
  /** The type as written in the prompt. */
  validator: string;
  direction: 'input' | 'output';
  score: number;
  message?: string;
}

export interface Message {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  /** When it was said, in milliseconds since the epoch; only on messages of a recording that says so. */
  at?: number;
  parts?: ContentPart[];
  toolCalls?: ToolCall[];
  /** On `tool` messages: which call this answers. */
  toolResult?: { id: string; name: string; error?: string; latencyMs?: number };
  finishReason?: string;
  usage?: Usage;
  /** US dollars; missing = unknown. */
  costUsd?: number;
  /** Taken from the cache, at no cost: `usage`, `latencyMs` and `ttftMs` are those of the call that brought it there. */
  cached?: true;
  /** What that call cost, US dollars; missing = unknown. Only on messages from the cache. */
  savedUsd?: number;
  /** Time of the call that made this message, without any waiting for permits or rate limits. */
  latencyMs?: number;
  /** Time to first token of the call, when the answer was streamed. */
  ttftMs?: number;
  violations?: Violation[];
  /** Id of the self-play persona that wrote a user message. */
  persona?: string;
  /** On the last message of a persona: the exit condition that it named, or `max_turns_reached`. */
  exit?: string;
  /** Workflow state the message was written in. */
  state?: string;
  /** The composition that gave this answer. */
  composition?: CompositionRecord;
  /** Raw body of the provider's answer, only when the provider file asks for it. */
  raw?: JsonValue;
}

/** A step of a composition, and what came of it. */
export interface StepRecord {
  id: string;
  kind: 'prompt' | 'agent' | 'tool' | 'branch' | 'parallel';
  description?: string;
  /** False: no branch led to it, or nothing that it depends on ran. */
  ran: boolean;
  /** Its output as text; absent on branches and on steps that did not run. */
  output?: string;
  /** On branches: the step that was chosen, if any. */
  taken?: string;
  /** On branches: whether the predicate held. */
  held?: boolean;
  /** On parallel blocks: ids of their steps. */
  branches?: string[];
}

/** How a composition came to its answer. */
export interface CompositionRecord {
  name: string;
  description?: string;
  /** In the order in which they ran; those of a parallel block follow it. */
  steps: StepRecord[];
}

export interface AssertionResult {
  level: 'turn' | 'conversation';
  /** On turn level: index of the assistant message that was judged. */
  messageIndex?: number;
  /** As written in the bundle, aliases unresolved. */
  type: string;
  params?: { [key: string]: JsonValue };
  passed: boolean;
  /** 0..1; missing when the check gives none. */
  score?: number;
  explanation: string;
  /** The bundle author's own words for this check. */
  message?: string;
  /** Why the check itself could not be carried out. */
  error?: string;
  skipped?: boolean;
  /** Share of the trials of its group in which this check must pass, 0..1; missing = it is no matter of trials. */
  passThreshold?: number;
  /** What the check measured, where that is more than a score. */
  value?: JsonValue;
  /** Id of the eval that this is the result of. */
  evalId?: string;
  /** file:line of the assertion in the bundle. */
  source?: string;
}

/** What came from the cache: calls that were not made, what they used when they were, and what they cost then. */
export interface CachedCalls {
  calls: number;
  usage: Usage;
  /** US dollars; missing when any part is unknown. */
  savedUsd?: number;
}

/** The way of a conversation through its workflow. */
export interface WorkflowRecord {
  /** States in the order in which they were entered, the first one included. */
  entered: string[];
  /** `redirected`: the state that `event` leads to had no visits left, and `to` was entered in its place. */
  transitions: { from: string; to: string; event: string; redirected?: true }[];
  /** Artifacts that were set, by name. */
  artifacts: { [name: string]: string };
  /** A terminal state was reached. */
  complete: boolean;
}

/** passed / failed are results of the checks; errored means that the conversation could not be held as written. */
export type Verdict = 'passed' | 'failed' | 'errored';

/** One line of results.jsonl. */
export interface ConversationRecord {
  schemaVersion: 1;
  /** `scenario/provider[/region][/tN]`: stable across runs of the same bundle and spec. */
  id: string;
  /** Position in the plan, 0-based. */
  index: number;
  scenario: string;
  provider: string;
  /** Id of the provider that answered in place of `provider`, where the job overrides it. */
  heldBy?: string;
  region?: string;
  /** 1-based; the trials of a scenario with perturbations hold its variants in turn. */
  trial: number;
  /** The scenario's perturbations in this conversation, value by key. */
  perturbation?: { [key: string]: JsonValue };
  promptTask?: string;
  /** Agents over A2A that the bundle declares, by the names of their cards. */
  agents?: string[];
  labels?: { [key: string]: string };
  /** The scenario's annotations. */
  annotations?: { [key: string]: string };
  /** The scenario's `mode`, and its or the eval's `description`, in the author's words. */
  mode?: string;
  description?: string;
  /** The scenario's `context`, `context_metadata` and `constraints` under these names, for whoever reads the record. */
  context?: { [key: string]: JsonValue };
  /** What was judged, when the conversation was recorded before: the file, and its name among several. */
  recording?: { file: string; name?: string; metadata?: { [name: string]: JsonValue } };
  /** Tags of the eval that was carried out. */
  tags?: string[];
  verdict: Verdict;
  /** Failed, but only in checks that pass often enough over its trials (`pass_threshold`): the run does not fail by it. */
  tolerated?: true;
  /** Why the conversation could not be held or judged as written; only on `errored` ones. */
  error?: Failure;
  messages: Message[];
  assertions: AssertionResult[];
  /** Evals of the prompt and of the bundle: reported, they never decide the verdict. */
  evals?: AssertionResult[];
  violations: Violation[];
  toolStats?: { total: number; byTool: { [tool: string]: number } };
  /** Only in bundles with a workflow. */
  workflow?: WorkflowRecord;
  usage: Usage;
  /** Sum over all calls; missing when any part is unknown. */
  costUsd?: number;
  timing: {
    /** Milliseconds since the epoch. */
    startedAt: number;
    /** Wall time from first call to verdict, waiting included. */
    durationMs: number;
    /** Time inside calls. */
    callMs: number;
    /** Time spent waiting for permits, rate limits, retries in place and providers that were down. */
    waitMs: number;
  };
  /** Calls to providers and agents made for this conversation, replayed ones included. */
  calls: number;
  /** Answers from the cache, judging included; they stand in no other sum. Absent = none. */
  cached?: CachedCalls;
  /** What judging took, within `calls`, `usage` and `costUsd` above. */
  judging?: { calls: number; usage: Usage; costUsd?: number };
  /** Dispatches of this item so far, 1-based. */
  attempt: number;
  /** True when this record was taken over from an earlier run by a retry. */
  reused?: true;
  /** True when it was held again from its start, because a stateful other side could not be taken up where it was. */
  restarted?: true;
  warnings?: string[];
}
