import { shorten } from '../../core/shorten.js';

/** Characters of a conversation, of one text in it, and of a remark on it. */
const MAX_RECORD = 1_000_000;
export const MAX_TEXT = 100_000;
export const MAX_NOTE = 4000;

/** Hands out text until the budget of a conversation is spent. */
export class TextBudget {
  private left = MAX_RECORD;

  /** At most `max` characters of the text, and how many were left out. */
  take(text: string, max: number): { text: string; cut: number } {
    const kept = shorten(text, Math.max(1, Math.min(max, this.left)));
    this.left -= kept.length;
    return { text: kept, cut: kept === text ? 0 : text.length - kept.length + 1 };
  }
}
