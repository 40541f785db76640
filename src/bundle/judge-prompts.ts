/** Prompts that judges are asked with: those of the bundle, and those of the folder that `judge_defaults` names. */
import { posix } from 'node:path';
import { bundleKinds } from '../schema/kinds.js';
import type { Bundle, LoadedPrompt } from './bundle.js';
import { bundlePath } from './bundle-path.js';
import type { DocumentReader } from './document-reader.js';
import type { ReadBundle } from './load.js';
import { hintFor } from './suggest.js';
import { parseYaml } from './yaml-text.js';

/** Every name by which a judge prompt can be called, the surest first; the first prompt that bears a name has it. */
export function judgePromptNames(
  bundle: Pick<Bundle, 'arena' | 'prompts' | 'judgePrompts'>,
): Map<string, LoadedPrompt> {
  const names = new Map<string, LoadedPrompt>();
  const add = (name: string | undefined, prompt: LoadedPrompt | undefined) => {
    if (name !== undefined && prompt !== undefined && !names.has(name)) names.set(name, prompt);
  };
  for (const [task, prompt] of bundle.prompts) add(task, prompt);
  for (const prompt of bundle.prompts.values()) add(prompt.id, prompt);
  for (const { id, file } of bundle.arena.spec.prompt_configs ?? []) {
    add(
      id,
      [...bundle.prompts.values()].find((prompt) => prompt.file === bundlePath('.', file)),
    );
  }
  for (const prompt of bundle.judgePrompts) add(prompt.id, prompt);
  for (const prompt of bundle.judgePrompts) add(prompt.spec.task_type, prompt);
  const all = [...bundle.prompts.values(), ...bundle.judgePrompts];
  for (const prompt of all) add(posix.basename(prompt.file).split('.')[0], prompt);
  return names;
}

/** The PromptConfig documents of `judge_defaults.prompt_registry`; other files there are none of our business. */
export function readJudgePrompts(bundle: Pick<ReadBundle, 'arena'>, reader: DocumentReader): LoadedPrompt[] {
  const folder = bundle.arena.spec.judge_defaults?.prompt_registry;
  if (folder === undefined) return [];
  const namedAt = bundle.arena.placeOf(['spec', 'judge_defaults', 'prompt_registry']);
  const files = reader.source.list(bundlePath('.', folder)).filter((path) => /\.ya?ml$/.test(path));
  if (files.length === 0) reader.warn(namedAt, `${folder} holds no prompts`, 'name a folder with PromptConfig files');
  const listed = new Set(bundle.arena.spec.prompt_configs?.map(({ file }) => bundlePath('.', file)));
  return files.sort().flatMap((path) => {
    // Read, and complained of, with the prompts.
    if (listed.has(path)) return [];
    const failed = reader.attach(path);
    if (failed !== undefined) {
      reader.warn(namedAt, `${path} ${failed.problem}`, failed.hint);
      return [];
    }
    const value = parseYaml(path, reader.files.get(path) ?? new Uint8Array()).text?.value;
    if (typeof value !== 'object' || value === null || !('kind' in value) || value.kind !== 'PromptConfig') return [];
    const document = reader.document(path, 'PromptConfig', bundleKinds.PromptConfig, namedAt);
    return document === undefined ? [] : [{ ...document, id: document.id || (document.spec.id ?? ''), vars: {} }];
  });
}

/** Where the prompt that all judges are asked with is not there, they get the standard one. */
export function checkDefaultJudgePrompt(bundle: ReadBundle, reader: DocumentReader): void {
  const name = bundle.arena.spec.judge_defaults?.prompt;
  if (name === undefined || name === '') return;
  const names = judgePromptNames(bundle);
  if (names.has(name)) return;
  const at = bundle.arena.placeOf(['spec', 'judge_defaults', 'prompt']);
  reader.warn(
    at,
    `unknown judge prompt "${name}": judges get the standard one`,
    hintFor(name, names.keys(), 'known prompts'),
  );
}
