/** Streams of OpenAI's Responses API. Source: OpenAI API reference, "Streaming events" of responses. */
import type { JsonValue } from '../../../../core/conversation.js';
import type { AnswerUnderway } from '../answer-underway.js';
import { isRecord, type StreamEvent, textOrEmpty } from '../wire.js';
import { finishReasonOf, readResponse, readUsage } from './answer.js';
import { opaqueReasoning, reasoningItem } from './reasoning.js';

/** A tool call underway: its number in the answer, and whether pieces of its arguments have come. */
interface Call {
  index: number;
  begun: boolean;
}

export class ResponseStream {
  /** By the number of the output item. */
  private readonly calls = new Map<unknown, Call>();
  private readonly reasoning: { [name: string]: JsonValue }[] = [];
  private saidAnything = false;

  constructor(
    private readonly answer: AnswerUnderway,
    private readonly model: string,
  ) {}

  take(event: StreamEvent): void {
    switch (event.type) {
      case 'response.output_text.delta':
        this.saidAnything = true;
        this.answer.addText(textOrEmpty(event.delta));
        break;
      case 'response.function_call_arguments.delta':
        this.addArguments(event.output_index, textOrEmpty(event.delta));
        break;
      case 'response.refusal.delta':
        this.saidAnything = true;
        this.answer.addRefusal(textOrEmpty(event.delta));
        break;
      case 'response.output_item.added':
        if (isRecord(event.item) && event.item.type === 'function_call') this.open(event.output_index, event.item);
        break;
      case 'response.output_item.done':
        if (isRecord(event.item)) this.close(event.output_index, event.item);
        break;
      case 'response.completed':
      case 'response.incomplete':
        if (isRecord(event.response)) this.finish(event.response);
        break;
    }
  }

  private open(place: unknown, { call_id: id, name }: Record<string, unknown>): Call {
    const call: Call = { index: this.answer.callCount, begun: false };
    this.calls.set(place, call);
    this.answer.addToolCall(call.index, { id: textOrEmpty(id), name: textOrEmpty(name) });
    return call;
  }

  private addArguments(place: unknown, text: string): void {
    const call = this.calls.get(place);
    if (call === undefined) return;
    call.begun = true;
    this.answer.addToolCall(call.index, { arguments: text });
  }

  /** Servers that send an item whole leave its pieces out, or even its beginning. */
  private close(place: unknown, item: Record<string, unknown>): void {
    if (item.type === 'function_call') {
      const call = this.calls.get(place) ?? this.open(place, item);
      if (!call.begun) this.addArguments(place, textOrEmpty(item.arguments));
      return;
    }
    const kept = reasoningItem(item);
    if (kept !== undefined) this.reasoning.push(kept);
  }

  private finish(response: Record<string, unknown>): void {
    if (!this.saidAnything && this.calls.size === 0) this.takeWhole(response);
    this.answer.addUsage(readUsage(response.usage));
    this.answer.finishReason = finishReasonOf(response, this.answer.callCount > 0);
    this.answer.opaque = opaqueReasoning(this.reasoning, this.model);
    this.answer.complete = true;
  }

  private takeWhole(response: Record<string, unknown>): void {
    const whole = readResponse(response, this.model);
    if (whole === undefined) return;
    this.answer.addText(whole.content);
    this.answer.addRefusal(whole.refusal);
    for (const call of whole.toolCalls) this.answer.addToolCall(this.answer.callCount, call);
  }
}
