import { z } from 'zod';
import { ArenaError } from '../../core/errors.js';
import { FileBudget } from './bounded-files.js';
import type { FetchedFiles, Source } from './source.js';

const configMapSchema = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string().min(1) }),
  data: z.record(z.string(), z.string()).nullish(),
  binaryData: z.record(z.string(), z.string()).nullish(),
});

type ConfigMap = z.infer<typeof configMapSchema>;

/** A ConfigMap whose keys are files: `scenarios__refund.yaml` is `scenarios/refund.yaml`. */
export class ConfigMapSource implements Source {
  /**
   * @param shown for people: `ConfigMap shop/prompts`
   * @param read the object as the API server has it, undefined when there is none
   */
  constructor(
    private readonly shown: string,
    private readonly read: () => Promise<unknown>,
  ) {}

  async resolve(): Promise<string> {
    return (await this.object()).metadata.resourceVersion;
  }

  async fetch(): Promise<FetchedFiles> {
    const { metadata, data, binaryData } = await this.object();
    const budget = new FileBudget(this.shown, 'name its keys like paths, with __ in place of /');
    const files = new Map<string, Uint8Array>();
    const add = (key: string, bytes: Buffer) => {
      const path = key.replaceAll('__', '/');
      budget.checkPath(path);
      budget.take(path, bytes.byteLength);
      files.set(path, bytes);
    };
    for (const [key, text] of Object.entries(data ?? {})) add(key, Buffer.from(text));
    for (const [key, base64] of Object.entries(binaryData ?? {})) add(key, Buffer.from(base64, 'base64'));
    return { revision: metadata.resourceVersion, files, notes: [] };
  }

  private async object(): Promise<ConfigMap> {
    const object = await this.read();
    if (object === undefined) {
      const message = `there is no ${this.shown}`;
      throw new ArenaError({ code: 'invalid_input', message, hint: 'create it, or correct configMap.name' });
    }
    const parsed = configMapSchema.safeParse(object);
    if (parsed.success) return parsed.data;
    throw new ArenaError({ code: 'malformed_answer', message: `${this.shown} cannot be read` });
  }
}
