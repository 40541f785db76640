import { shorten } from '../../../core/shorten.js';
import { escapeMarkup } from '../../xml.js';

/** Leads to the conversation, if the page holds it; half a surrogate pair has no address. */
export function conversationLink(id: string): string {
  const address = encodeURIComponent(id.replace(/\p{Surrogate}/gu, '\ufffd')).replaceAll('%2F', '/');
  return `<a href="#${escapeMarkup(address)}">${escapeMarkup(shorten(id, 160))}</a>`;
}
