/** How a persona ends the conversation that it plays. */
import type { AssertionResult } from '../core/conversation.js';

/** A persona that has what it came for writes this; it never reaches the assistant. */
const NATURAL_MARKER = '[CONVERSATION_COMPLETE]';

/** A persona that meets one of its exit conditions writes `[EXIT: NAME]`; that never reaches the assistant either. */
const EXIT_MARKER = /\[EXIT:([^\][]{1,200})\]/gi;

/** Not said by the persona: it holds by itself after the last exchange. */
export const MAX_TURNS_REACHED = 'max_turns_reached';

/** The one condition that is a failure. */
const ESCALATION = 'escalation_requested';

/** What the well-known conditions mean to a persona whose author does not say. */
const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['satisfaction_expressed', 'you are satisfied and have what you came for'],
  [ESCALATION, 'you give up on this assistant and ask for somebody else, such as a manager'],
]);

export interface SelfPlayEnding {
  /** It may end when it has what it came for. */
  natural: boolean;
  /** Exit conditions by name, with the author's words for them. */
  conditions: ReadonlyMap<string, string | undefined>;
}

/** What the persona is told about ending the conversation; undefined when it has no say in it. */
export function endingInstructions({ natural, conditions }: SelfPlayEnding): string | undefined {
  const named = [...conditions].filter(([name]) => name !== MAX_TURNS_REACHED);
  const parts: string[] = [];
  if (named.length > 0) {
    const lines = named.map(([name, words]) => {
      const meaning = words ?? MEANINGS.get(name);
      return `- [EXIT: ${name}]${meaning === undefined ? '' : `: ${meaning}`}`;
    });
    parts.push(`As soon as one of these holds, write its marker behind your message:\n${lines.join('\n')}`);
  }
  if (natural) parts.push(`When you have what you came for, write ${NATURAL_MARKER} behind your last message.`);
  return parts.length === 0 ? undefined : parts.join('\n\n');
}

export interface PersonaMessage {
  /** Without any marker. */
  text: string;
  /** The conversation ends after the answer to it. */
  done: boolean;
  /** The exit condition that the persona names. */
  exit?: string;
}

/** Markers of conditions that the persona does not have mean nothing, and are taken out as well. */
export function readPersona(content: string, { natural, conditions }: SelfPlayEnding): PersonaMessage {
  const named = [...content.matchAll(EXIT_MARKER)].map(([, name = '']) => name.trim().toLowerCase());
  const exit = [...conditions.keys()].find((name) => name !== MAX_TURNS_REACHED && named.includes(name.toLowerCase()));
  const text = content.replaceAll(NATURAL_MARKER, '').replaceAll(EXIT_MARKER, '').trim();
  const done = exit !== undefined || (natural && content.includes(NATURAL_MARKER));
  return exit === undefined ? { text, done } : { text, done, exit };
}

/** The failed check that stands for a persona that gave up; nothing for every other end. */
export function escalation(persona: string, exit: string | undefined): AssertionResult | undefined {
  if (exit !== ESCALATION) return undefined;
  return {
    level: 'conversation',
    type: 'exit_condition',
    params: { persona, condition: exit },
    passed: false,
    score: 0,
    explanation: `the persona "${persona}" asked for an escalation`,
  };
}
