/** From what an MCP server answers to the result of a tool. */
import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client';
import type { ContentPart, JsonValue } from '../../../core/conversation.js';
import type { ToolOutput } from '../../../core/tool.js';

/** `clean` takes secrets out of a text. Throws an Error that tells the model what the tool says went wrong. */
export function outputOf(result: CallToolResult, clean: (text: string) => string): ToolOutput {
  const parts = result.content.map((block) => partOf(block, clean));
  const texts = parts.flatMap(({ type, text }) => (type === 'text' && text !== undefined ? [text] : []));
  if (result.isError === true) throw new Error(texts.join('\n') || 'the tool reports an error without a reason');
  const media = parts.some(({ type }) => type !== 'text');
  if (media) return { value: texts.join('\n'), parts };
  const { structuredContent } = result;
  if (structuredContent !== undefined) return { value: JSON.parse(clean(JSON.stringify(structuredContent))) };
  return { value: readJson(texts.join('\n')) };
}

function partOf(block: ContentBlock, clean: (text: string) => string): ContentPart {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: clean(block.text) };
    case 'image':
    case 'audio':
      return { type: block.type, mimeType: clean(block.mimeType), data: untouched(block.data, clean) };
    case 'resource_link':
      return { type: 'text', text: clean(`${block.name}: ${block.uri}`) };
    case 'resource': {
      const { resource } = block;
      if ('text' in resource) return { type: 'text', text: clean(resource.text) };
      const mimeType = clean(resource.mimeType ?? 'application/octet-stream');
      const [family] = mimeType.split('/');
      const type = family === 'image' || family === 'audio' || family === 'video' ? family : 'document';
      return { type, mimeType, data: untouched(resource.blob, clean) };
    }
  }
}

/** Media cannot be cleaned: what holds a secret is not taken over at all. */
function untouched(data: string, clean: (text: string) => string): string {
  const bytes = Buffer.from(data, 'base64').toString('latin1');
  if (clean(data) !== data || clean(bytes) !== bytes) throw new Error('the media of the answer hold a secret');
  return data;
}

/** Objects and lists as such, so that schemas and checks can look into them; every other text stays what it is. */
function readJson(text: string): JsonValue {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
