/** A Dockerfile as its lines say, and what of a folder reaches the build. As much of both formats as ours use. */
import picomatch from 'picomatch';

export interface Instruction {
  name: string;
  /** All that follows the name, lines joined. */
  text: string;
}

export interface Stage {
  /** `AS name`. */
  name: string | undefined;
  base: string;
  instructions: Instruction[];
}

export function stagesOf(dockerfile: string): Stage[] {
  const lines = dockerfile
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const stages: Stage[] = [];
  for (const line of lines) {
    const [, name = '', text = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    const [, base, as] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(text) ?? [];
    if (name === 'FROM' && base !== undefined) stages.push({ name: as, base, instructions: [] });
    else if (name === '') throw new Error(`cannot read the line ${line}`);
    else stages.at(-1)?.instructions.push({ name, text: text.replaceAll(/\s+/g, ' ') });
  }
  return stages;
}

/** Values of all `NAME` instructions of a stage. */
export const textsOf = (stage: Stage, name: string): string[] =>
  stage.instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);

/** Variables of the ENV instructions of a stage. */
export function environmentOf(stage: Stage): { [name: string]: string } {
  const pairs = textsOf(stage, 'ENV').flatMap((text) => text.match(/[A-Z_]+=\S+/g) ?? []);
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

/** Whether a file reaches the build: the last line of .dockerignore that fits it, or a folder above it, decides. */
export function reachesBuild(file: string, dockerignore: string): boolean {
  const parents = file.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
  let reaches = true;
  for (const line of dockerignore.split('\n').filter((text) => text !== '' && !text.startsWith('#'))) {
    const pattern = line.replace(/^!/, '');
    if (parents.some((path) => picomatch.isMatch(path, pattern, { dot: true }))) reaches = line.startsWith('!');
  }
  return reaches;
}
