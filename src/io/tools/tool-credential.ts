/** Whom a tool of a registry takes its caller for: looked up at each call, kept out of all that comes back. */
import { ArenaError } from '../../core/errors.js';
import type { Secrets } from '../../core/secrets.js';
import type { ToolAuth } from '../../core/tool-access.js';
import { KeyFile } from '../secrets/key-file.js';
import type { KeySource } from '../secrets/key-source.js';
import { SecretKey } from '../secrets/secret-key.js';
import type { ToolSettings } from './tool-settings.js';

/** What a header can carry. */
const PRINTABLE = /^[\x21-\x7e]+$/;

export class ToolCredential {
  private readonly sources: readonly KeySource[];

  /** Throws `invalid_input` when this process has no place to look. `secrets` takes whatever is shown. */
  constructor(
    private readonly auth: ToolAuth,
    settings: ToolSettings,
    private readonly secrets: Secrets,
  ) {
    this.sources = sourcesOf(auth, settings);
  }

  /** The header for this address; undefined for all but the one that the credentials are meant for. */
  async authorization(url: URL): Promise<string | undefined> {
    if (url.origin !== this.auth.origin) return undefined;
    await Promise.all(this.sources.map((source) => source.ready()));
    const [first = '', second = ''] = this.sources.map((source) => source.key());
    if (this.auth.type === 'basic') {
      const pair = Buffer.from(`${first}:${second}`).toString('base64');
      this.secrets.keep(second);
      this.secrets.keep(pair);
      return `Basic ${pair}`;
    }
    this.secrets.keep(first);
    if (PRINTABLE.test(first)) return `Bearer ${first}`;
    const message = 'The token holds spaces, line breaks or other characters that no header can carry.';
    throw new ArenaError({ code: 'unauthorized', message, hint: this.sources[0]?.hint });
  }

  /** Told that a call with what there was has been refused (HTTP 401): true when there is something else now. */
  async refused(): Promise<boolean> {
    const looked = await Promise.all(this.sources.map(async (source) => source.refused(source.key())));
    return looked.includes(true);
  }
}

function sourcesOf(auth: ToolAuth, { secrets, toolTokenFile }: ToolSettings): KeySource[] {
  if (auth.type === 'serviceAccount') {
    if (toolTokenFile !== undefined) return [new KeyFile(toolTokenFile)];
    const message = 'auth of type serviceAccount: there is no token for tools here';
    const hint = 'mount one with an audience of its own into the workers, and name its file in ARENA_TOOL_TOKEN_FILE';
    throw new ArenaError({ code: 'invalid_input', message, hint });
  }
  if (secrets === undefined) {
    const message = `auth of type ${auth.type}: a Kubernetes Secret can be read by workers in a cluster only`;
    throw new ArenaError({ code: 'invalid_input', message });
  }
  const field = { name: `auth.${auth.type}.secretRef`, owner: 'the handler in the ToolRegistry' };
  const entries = auth.type === 'basic' ? ['username', 'password'] : [auth.key];
  return entries.map((key) => new SecretKey({ ...auth.secret, key }, [], secrets, field));
}
