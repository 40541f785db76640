/** Judges one conversation that was recorded before, the way it would have been judged while it was held. */
import type { AssertionResult, ConversationRecord } from '../core/conversation.js';
import { ArenaError, type Failure, toFailure } from '../core/errors.js';
import type { PlanItem } from '../core/plan.js';
import type { RecordedConversation, Recording } from '../core/recording.js';
import { verdictOf } from './conversation-record.js';
import { checkOutside, Judging } from './judging.js';
import { ConversationEvals } from './pack-evals.js';
import type { EnginePorts } from './ports.js';
import type { PreparedBundle } from './prepare.js';
import { type AnswerCheck, type PreparedEval, prepareEval } from './prepared-eval.js';
import { RecordedViews } from './recorded-views.js';

/**
 * Never throws for a failure: the record then says `errored` and why. Throws the signal's reason when it was aborted.
 * In the modes that take time each answer is judged when its moment has come.
 */
export async function evaluateRecording(
  prepared: PreparedBundle,
  item: PlanItem,
  ports: EnginePorts,
): Promise<ConversationRecord> {
  const evaluation = new Evaluation(prepared, item, ports);
  try {
    await evaluation.run();
  } catch (error) {
    if (ports.signal.aborted) throw ports.signal.reason;
    evaluation.failure = toFailure(error);
  }
  return evaluation.record();
}

class Evaluation {
  failure: Failure | undefined;
  private startedAt: number;
  private readonly judging: Judging;
  private readonly evals: ConversationEvals;
  private readonly prepared: PreparedEval | undefined;
  private conversation: RecordedConversation | undefined;
  private recording: Recording | undefined;
  private views: RecordedViews | undefined;
  private waitMs = 0;

  constructor(
    private readonly bundle: PreparedBundle,
    private readonly item: PlanItem,
    private readonly ports: EnginePorts,
  ) {
    this.startedAt = ports.now();
    this.prepared = prepareEval(bundle, item.scenario);
    const complete: EnginePorts['complete'] = async (provider, request) => {
      const before = ports.now();
      const completion = await ports.complete(provider, request);
      this.waitMs += Math.max(0, ports.now() - before - completion.latencyMs);
      return completion;
    };
    this.judging = new Judging(checkOutside(bundle, item, ports, complete));
    this.evals = new ConversationEvals(item.id, bundle.packEvals, this.judging.outside);
  }

  async run(): Promise<void> {
    const { prepared } = this;
    this.conversation = prepared?.recordings.get(this.item.recording ?? '');
    if (prepared === undefined || this.conversation === undefined) {
      const message = `there is no recording "${this.item.recording}" of the eval "${this.item.scenario}"`;
      throw new ArenaError({ code: 'invalid_input', message });
    }
    const recording = this.conversation.read();
    this.recording = recording;
    const states = this.bundle.bundle.arena.spec.workflow?.states ?? {};
    const isTerminal = (state: string) => Object.hasOwn(states, state) && states[state]?.terminal === true;
    const views = new RecordedViews(recording.messages, isTerminal);
    this.views = views;
    const momentOf = await this.clock(prepared, recording);
    for (const place of views.answers) {
      await this.ports.waitUntil(momentOf(place));
      await this.judgeAnswer(prepared.answerChecks, views, place);
    }
    await this.ports.waitUntil(momentOf(recording.messages.length - 1));
    await this.judging.judge(prepared.assertions, views.whole());
    await this.evals.atTheEnd([], views.whole());
  }

  /** When a message is judged, in milliseconds since the epoch; 0: at once. One without a time comes with the one before. */
  private async clock({ document }: PreparedEval, { offsetsMs }: Recording): Promise<(place: number) => number> {
    const { mode = 'instant', speed = 1 } = document.spec;
    if (mode === 'instant' || !offsetsMs.some((offset) => offset !== undefined)) return () => 0;
    // Recorded, so that a conversation that is taken up again keeps to the time at which it began.
    this.startedAt = await this.ports.perform('clock', this.item.recording ?? '', async () => this.ports.now());
    let latest = 0;
    const moments = offsetsMs.map((offset = 0) => {
      latest = Math.max(latest, offset);
      return this.startedAt + latest / speed;
    });
    return (place) => moments[place] ?? 0;
  }

  private async judgeAnswer(checks: readonly AnswerCheck[], views: RecordedViews, place: number): Promise<void> {
    const message = this.recording?.messages[place];
    const onlyCalls = message?.content === '' && message.parts === undefined && message.toolCalls !== undefined;
    if (onlyCalls) {
      // What its tools brought is judged with the answer that follows.
      this.judging.results.push(...checks.map((check) => skipped(check, place)));
      return;
    }
    const assertions = checks.map(({ assertion }) => assertion);
    const view = views.upTo(place);
    await this.judging.judge(assertions, view, place);
    await this.evals.afterAnswer([], view, place);
  }

  record(): ConversationRecord {
    const { item, judging, prepared, recording } = this;
    const messages = recording?.messages ?? [];
    const violations = messages.flatMap((message) => message.violations ?? []);
    const { spent, results } = judging;
    return {
      schemaVersion: 1,
      id: item.id,
      index: item.index,
      scenario: item.scenario,
      provider: item.provider,
      trial: item.trial,
      ...told(prepared),
      recording: this.told(),
      verdict: verdictOf(this.failure, results, violations.length),
      error: this.failure,
      messages,
      assertions: results,
      violations,
      evals: this.evals.results.length === 0 ? undefined : this.evals.results,
      toolStats: this.views?.toolStats,
      // What the recorded calls once used stands on the messages: this run has paid for its judges only.
      usage: spent?.usage ?? {},
      costUsd: spent === undefined ? 0 : spent.costUsd,
      judging: spent,
      timing: {
        startedAt: this.startedAt,
        durationMs: Math.max(0, this.ports.now() - this.startedAt),
        callMs: 0,
        waitMs: this.waitMs,
      },
      calls: spent?.calls ?? 0,
      cached: judging.spending.cached,
      attempt: 1,
    };
  }

  private told(): ConversationRecord['recording'] {
    const { conversation, recording, item } = this;
    if (conversation === undefined) return undefined;
    const { file } = conversation;
    const name = item.recording === '' ? undefined : item.recording;
    const metadata = recording !== undefined && isEmpty(recording.metadata) ? undefined : recording?.metadata;
    return { file, name, metadata };
  }
}

/** What the eval says of itself. */
function told(
  prepared: PreparedEval | undefined,
): Pick<ConversationRecord, 'description' | 'labels' | 'annotations' | 'tags'> {
  if (prepared === undefined) return {};
  const { labels, annotations = {}, spec } = prepared.document;
  return {
    description: spec.description,
    labels: isEmpty(labels) ? undefined : labels,
    annotations: isEmpty(annotations) ? undefined : annotations,
    tags: spec.tags?.length ? spec.tags : undefined,
  };
}

const isEmpty = (map: object): boolean => Object.keys(map).length === 0;

function skipped({ spec, source }: AnswerCheck, messageIndex: number): AssertionResult {
  const { type, params, message } = spec;
  return {
    level: 'turn',
    messageIndex,
    type,
    ...(params === undefined ? {} : { params }),
    passed: true,
    score: 1,
    explanation: 'skipped: the message only calls tools',
    ...(message === undefined ? {} : { message }),
    skipped: true,
    source,
  };
}
