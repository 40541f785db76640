/** The strategy `summarize`: what is dropped lives on in a summary below the system prompt. */
import type { Message } from '../core/conversation.js';
import { estimateTokens, isSystem, oldestKept } from './context-cut.js';
import type { ContextOutside, ContextWindow } from './context-policy.js';

/** Greatest share of the budget that a summary may take, and its bounds in tokens. */
const SHARE = 0.25;
const LEAST_TOKENS = 64;
const MOST_TOKENS = 500;

const INSTRUCTIONS =
  'You keep the notes of a conversation between a user and an assistant. Write one short summary of everything below ' +
  'that later answers may depend on: names, numbers, facts, wishes, decisions and open questions. Nothing else.';

export class SummaryWindow implements ContextWindow {
  private summary = '';
  /** The newest message that the summary covers. */
  private covered: Message | undefined;
  private readonly tokens: number;

  constructor(private readonly limit: number) {
    this.tokens = Math.max(LEAST_TOKENS, Math.min(MOST_TOKENS, Math.floor(limit * SHARE)));
  }

  async fit(messages: Message[], outside: ContextOutside): Promise<Message[]> {
    const from = oldestKept(messages, this.limit - this.tokens);
    const said = messages.slice(0, from).filter((message) => !isSystem(message));
    // The same message objects come with every request of a conversation, so the last one covered can be found again.
    const known = this.covered === undefined ? -1 : said.indexOf(this.covered);
    const fresh = said.slice(known + 1);
    if (fresh.length > 0) await this.extend(fresh, outside);
    return [...this.systemOf(messages), ...messages.slice(from)];
  }

  private async extend(fresh: readonly Message[], outside: ContextOutside): Promise<void> {
    const lines = fresh.map(({ role, content, toolCalls }) =>
      [`${role}:`, content, ...(toolCalls ?? []).map(({ name, args }) => `[calls ${name} ${JSON.stringify(args)}]`)]
        .filter((part) => part !== '')
        .join(' '),
    );
    const notes = this.summary === '' ? [] : [`Summary so far: ${this.summary}`];
    const { content } = await outside.summarize({
      messages: [
        { role: 'system', content: INSTRUCTIONS },
        { role: 'user', content: [...notes, ...lines].join('\n') },
      ],
      parameters: { temperature: 0, maxTokens: this.tokens },
    });
    this.covered = fresh.at(-1);
    // A model that says more than it may has no claim to more room.
    this.summary = shortened(content.trim(), this.tokens);
  }

  private systemOf(messages: readonly Message[]): Message[] {
    const system = messages.find(isSystem)?.content ?? '';
    const notes = this.summary === '' ? '' : `Summary of the conversation so far: ${this.summary}`;
    const content = [system, notes].filter((text) => text !== '').join('\n\n');
    return content === '' ? [] : [{ role: 'system', content }];
  }
}

function shortened(text: string, tokens: number): string {
  if (estimateTokens({ role: 'system', content: text }) <= tokens) return text;
  const words = text.split(/\s+/);
  return `${words.slice(0, Math.floor((words.length * tokens) / estimateTokens({ role: 'system', content: text }))).join(' ')} …`;
}
