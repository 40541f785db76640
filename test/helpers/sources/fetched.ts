/** What a fetch ended with. */
import { ArenaError, type Failure } from '../../../src/core/errors.js';

export const textsOf = (files: ReadonlyMap<string, Uint8Array>): { [path: string]: string } =>
  Object.fromEntries([...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]));

/** The failure of ours that it ends with; anything else is an error of the test. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const ended = await work.then(
    (done) => `no failure but ${JSON.stringify(done)}`,
    (thrown: unknown) => thrown,
  );
  if (!(ended instanceof ArenaError)) throw new Error(`expected a failure of ours, not ${String(ended)}`);
  return ended.failure;
}
