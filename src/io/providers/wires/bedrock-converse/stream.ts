/** Streams of Converse. Source: Amazon Bedrock API reference, "ConverseStream", response syntax. */
import type { AnswerUnderway } from '../answer-underway.js';
import { isRecord, type StreamEvent, textOrEmpty } from '../wire.js';
import { finishReasonOf, readUsage } from './answer.js';
import { opaqueOf, type Reasoning, reasoningOf } from './reasoning.js';

export class ConverseStream {
  /** Number of the tool call that is under way, and of the block that it stands in. */
  private call = -1;
  /** Reasoning of the block that is under way. */
  private thought = '';
  private signature = '';
  private redacted = '';
  private readonly reasoning: Reasoning[] = [];

  constructor(private readonly answer: AnswerUnderway) {}

  /** Takes a message, which is one member by its name. */
  take({ contentBlockDelta, contentBlockStart, contentBlockStop, messageStop, metadata }: StreamEvent): void {
    if (contentBlockDelta !== undefined) {
      if (isRecord(contentBlockDelta) && isRecord(contentBlockDelta.delta)) this.delta(contentBlockDelta.delta);
    } else if (isRecord(contentBlockStart) && isRecord(contentBlockStart.start)) {
      this.start(contentBlockStart.start);
    } else if (contentBlockStop !== undefined) {
      this.endReasoning();
    } else if (isRecord(messageStop)) {
      this.answer.finishReason = finishReasonOf(messageStop.stopReason);
      this.answer.complete = true;
      this.answer.opaque = opaqueOf(this.reasoning);
    } else if (isRecord(metadata)) {
      this.answer.addUsage(readUsage(metadata.usage));
    }
  }

  private start({ toolUse }: Record<string, unknown>): void {
    if (!isRecord(toolUse)) return;
    this.call = this.answer.callCount;
    this.answer.addToolCall(this.call, { id: textOrEmpty(toolUse.toolUseId), name: textOrEmpty(toolUse.name) });
  }

  private delta({ text, toolUse, reasoningContent }: Record<string, unknown>): void {
    if (text !== undefined) {
      this.answer.addText(textOrEmpty(text));
    } else if (isRecord(toolUse)) {
      this.answer.addToolCall(this.call, { arguments: textOrEmpty(toolUse.input) });
    } else if (isRecord(reasoningContent)) {
      this.reason(reasoningContent);
    }
  }

  private reason({ text, signature, redactedContent }: Record<string, unknown>): void {
    const [said, signed, hidden] = [textOrEmpty(text), textOrEmpty(signature), textOrEmpty(redactedContent)];
    this.thought += said;
    this.signature += signed;
    this.redacted += hidden;
    this.answer.grow(said.length + signed.length + hidden.length);
  }

  private endReasoning(): void {
    const { thought: text, signature, redacted: redactedContent } = this;
    if (text === '' && signature === '' && redactedContent === '') return;
    const block = reasoningOf({ reasoningText: { text, signature }, redactedContent });
    if (block !== undefined) this.reasoning.push(block);
    this.thought = '';
    this.signature = '';
    this.redacted = '';
  }
}
