/** Checks of the media that tools returned or that stand in messages. */
import type { ContentPart } from '../../core/conversation.js';
import { type CheckFactory, fail, optionalText, quoted, text, texts, verdict } from './check.js';
import { callsOf } from './tool-called-checks.js';

/** Some result of the tool carries media, of the given kind where one is given. */
export const toolResultHasMedia: CheckFactory = (params) => {
  const tool = optionalText(params, 'tool', 'tool_name');
  const kind = optionalText(params, 'media_type');
  const complies = (part: ContentPart) => part.type !== 'text' && (kind === undefined || part.type === kind);
  return (view) => {
    const found = callsOf(view, tool).some((call) => call.parts.some(complies));
    return verdict(found, `${found ? 'a' : 'no'} result carries ${kind ?? 'media'}`);
  };
};

/** Some result of the tool carries media of a MIME type. */
export const toolResultMediaType: CheckFactory = (params) => {
  const tool = optionalText(params, 'tool', 'tool_name');
  const mimeType = text(params, 'mime_type').toLowerCase();
  return (view) => {
    const found = callsOf(view, tool).some((call) =>
      call.parts.some((part) => part.mimeType?.toLowerCase() === mimeType),
    );
    return verdict(found, `${found ? 'a' : 'no'} result carries ${mimeType}`);
  };
};

/** All media of one kind in the messages have one of the formats; none at all fails. */
function formatOf(kind: ContentPart['type']): CheckFactory {
  return (params) => {
    const formats = texts(params, 'formats').map(formatName);
    return (view) => {
      const parts = view.messages.flatMap((message) => message.parts ?? []).filter((part) => part.type === kind);
      if (parts.length === 0) return fail(`no ${kind} in the conversation`);
      const found = new Set(parts.map((part) => formatName(part.mimeType?.split('/')[1] ?? '')));
      const wrong = [...found].filter((format) => !formats.includes(format));
      return verdict(wrong.length === 0, `formats found: ${quoted(found)}`);
    };
  };
}

export const imageFormat: CheckFactory = formatOf('image');
export const audioFormat: CheckFactory = formatOf('audio');

function formatName(format: string): string {
  const name = format.toLowerCase();
  if (name === 'jpg') return 'jpeg';
  return name === 'mp3' ? 'mpeg' : name;
}
