import type { Conversation } from '../../src/core/provider.js';

/** A conversation as its providers know it, and the end that they are told of. */
export class ConversationEnd implements Conversation {
  private readonly closing: (() => void)[] = [];
  private ended = false;

  constructor(readonly id: string) {}

  onEnd(close: () => void): void {
    if (this.ended) close();
    else this.closing.push(close);
  }

  close(): void {
    this.ended = true;
    for (const close of this.closing.splice(0)) close();
  }
}
