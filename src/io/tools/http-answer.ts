/** From the answer of a service to the result of a live tool. */
import type { ContentPart, JsonValue } from '../../core/conversation.js';
import type { ToolOutput } from '../../core/tool.js';
import type { HttpToolSpec } from '../../schema/http-tool.js';
import { compileQuery, type JsonQuery } from '../../schema/jmespath.js';
import type { BoundedAnswer } from '../bounded-http.js';

/** So much of a refusal is told: enough for a reason, no whole page. */
const MAX_REASON_CHARACTERS = 500;

const MEDIA = ['image/*', 'audio/*', 'video/*', 'application/pdf'];

export class AnswerMapping {
  private readonly reshape: JsonQuery | undefined;
  private readonly accepted: readonly string[];

  constructor({ response, multimodal }: HttpToolSpec) {
    this.reshape = response?.body_mapping === undefined ? undefined : compileQuery(response.body_mapping);
    const enabled = multimodal !== undefined && multimodal.enabled !== false;
    this.accepted = enabled ? (multimodal.accept_types ?? MEDIA).map((type) => type.toLowerCase()) : [];
  }

  /** `clean` takes secrets out of a text. Throws an Error that tells the model what went wrong. */
  output({ status, contentType, body }: BoundedAnswer, clean: (text: string) => string): ToolOutput {
    if (status >= 200 && status < 300 && this.accepts(contentType)) return mediaOf(contentType, body, clean);
    const text = clean(decode(body, status, contentType));
    if (status < 200 || status >= 300) {
      const reason = text.trim().slice(0, MAX_REASON_CHARACTERS);
      throw new Error(`HTTP ${status}${reason === '' ? '' : `: ${reason}`}`);
    }
    if (text.trim() === '') return { value: { status } };
    const value = parse(text);
    if (this.reshape === undefined) return { value: value ?? text };
    if (value === undefined) throw new Error('the answer is no JSON, so that response.body_mapping has nothing to map');
    return { value: this.reshape(value) };
  }

  private accepts(type: string): boolean {
    return this.accepted.some((known) =>
      known.endsWith('/*') ? type.startsWith(known.slice(0, -1)) : type === known && type !== '',
    );
  }
}

function mediaOf(written: string, body: Buffer, clean: (text: string) => string): ToolOutput {
  const bytes = body.toString('latin1');
  // Media cannot be cleaned: what holds a secret is not taken over at all.
  if (clean(bytes) !== bytes) throw new Error('the media of the answer hold a secret');
  const mimeType = clean(written);
  const [family = ''] = mimeType.split('/');
  const type = family === 'image' || family === 'audio' || family === 'video' ? family : 'document';
  const part: ContentPart = { type, mimeType, data: body.toString('base64') };
  return { value: { mime_type: mimeType, bytes: body.length }, parts: [part] };
}

function decode(body: Buffer, status: number, contentType: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    if (status >= 300) return '';
    const what = contentType === '' ? 'no text' : contentType;
    throw new Error(`the answer is ${what}; http.multimodal lets a tool give media`);
  }
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
