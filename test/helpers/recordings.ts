import { expect } from '@jest/globals';
import { formatFault } from '../../src/bundle/fault.js';
import { type RecordingType, readRecordings } from '../../src/bundle/recordings/read-recordings.js';
import type { Recording } from '../../src/core/recording.js';

/** The conversations of a file, which must be sound. */
export function read(file: string, content: unknown, type?: RecordingType): Recording[] {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const { conversations, faults } = readRecordings(file, Buffer.from(text), type);
  expect(faults.map(formatFault)).toEqual([]);
  return conversations.map((conversation) => conversation.read());
}

/** The faults of a file, which must have some. */
export function faultsOf(file: string, content: unknown, type?: RecordingType): string[] {
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(JSON.stringify(content));
  const { conversations, faults } = readRecordings(file, bytes, type);
  expect(conversations).toEqual([]);
  return faults.map(formatFault);
}

export const dialogue = (recording: Recording | undefined): string[] =>
  (recording?.messages ?? []).map(({ role, content }) => `${role}: ${content}`);
