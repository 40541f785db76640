/** Checks the scripted answers that a bundle brings along, so that they fail with the bundle and not with a conversation. */
import type { z } from 'zod';
import { type MockAnswerSpec, type MockScriptSpec, mockConfigSchema } from '../schema/mock-config.js';
import type { Place } from './bundle.js';
import { bundlePath } from './bundle-path.js';
import type { DocumentReader } from './document-reader.js';
import { schemaFaults, strayKeyFaults } from './schema-faults.js';
import { parseYaml } from './yaml-text.js';

/** A file that an answer of the script shows, and where that is written. */
interface ScriptedMedia {
  file: string;
  path: (string | number)[];
}

/** Adds the faults of a mock file that has been read, and takes in the media files it names. */
export function checkMockFile(path: string, reader: DocumentReader, mediaFolder: string): void {
  const bytes = reader.files.get(path);
  if (bytes === undefined) return;
  const { text, faults } = parseYaml(path, bytes);
  reader.faults.push(...faults);
  if (text === undefined) return;
  const result = mockConfigSchema.safeParse(text.value ?? {});
  if (!result.success) {
    reader.faults.push(...schemaFaults(result.error, mockConfigSchema, text.value, path, text.positions));
    return;
  }
  reader.faults.push(...strayKeyFaults(mockConfigSchema, text.value, path, text.positions));
  for (const media of mediaOf(result.data)) {
    const failed = reader.attach(bundlePath(mediaFolder, media.file));
    const namedAt: Place = { file: path, ...text.positions.find(media.path) };
    if (failed !== undefined) reader.warn(namedAt, `${media.file} ${failed.problem}`, failed.hint);
  }
}

function mediaOf({ defaultResponse, scenarios, selfplay }: z.infer<typeof mockConfigSchema>): ScriptedMedia[] {
  return [
    ...ofAnswer(defaultResponse, ['defaultResponse']),
    ...Object.entries(scenarios ?? {}).flatMap(([id, script]) => ofScript(script, ['scenarios', id])),
    ...Object.entries(selfplay ?? {}).flatMap(([id, script]) => ofScript(script, ['selfplay', id])),
  ];
}

function ofScript({ defaultResponse, turns, steps }: MockScriptSpec, path: string[]): ScriptedMedia[] {
  return [
    ...ofAnswer(defaultResponse, [...path, 'defaultResponse']),
    ...Object.entries(turns ?? {}).flatMap(([turn, answer]) => ofAnswer(answer, [...path, 'turns', turn])),
    ...Object.entries(steps ?? {}).flatMap(([step, answer]) => ofAnswer(answer, [...path, 'steps', step])),
  ];
}

function ofAnswer(answer: MockAnswerSpec | undefined, path: string[]): ScriptedMedia[] {
  if (answer === undefined || typeof answer === 'string') return [];
  return (answer.parts ?? []).flatMap(({ media }, index) =>
    media?.file_path === undefined
      ? []
      : [{ file: media.file_path, path: [...path, 'parts', index, 'media', 'file_path'] }],
  );
}
