/**
 * What the service wants back of its own answers: the signatures of its thoughts, each at the part that carried it.
 * Newer models refuse rounds of tool calls without them.
 */
import type { JsonValue } from '../../../../core/conversation.js';
import { isRecord } from '../wire.js';

const WIRE = 'gemini';

/** Signatures of an answer's text, of its media and of its tool calls, in their order; `null` where a part had none. */
export class Signatures {
  text: string | undefined;
  readonly media: (string | null)[] = [];
  readonly calls: (string | null)[] = [];
  private isSigned = false;

  addText(signature: string): void {
    this.text = signature;
    this.isSigned = true;
  }

  /** The next part of the media, or of the calls, was signed so or not at all. */
  add(kind: 'media' | 'calls', signature: string | undefined): void {
    this[kind].push(signature ?? null);
    if (signature !== undefined) this.isSigned = true;
  }

  /** Undefined where nothing has to come back. */
  toOpaque(): JsonValue | undefined {
    const { text, media, calls } = this;
    return this.isSigned ? { wire: WIRE, text: text ?? null, media, calls } : undefined;
  }

  /** What another wire format has left behind means nothing here. */
  static of(opaque: JsonValue | undefined): Signatures {
    const signatures = new Signatures();
    if (!isRecord(opaque) || opaque.wire !== WIRE) return signatures;
    if (typeof opaque.text === 'string') signatures.text = opaque.text;
    signatures.media.push(...signaturesIn(opaque.media));
    signatures.calls.push(...signaturesIn(opaque.calls));
    return signatures;
  }
}

function signaturesIn(list: unknown): (string | null)[] {
  return Array.isArray(list) ? list.map((each: unknown) => (typeof each === 'string' ? each : null)) : [];
}
