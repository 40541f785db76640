import { invalid, type ProviderDocument } from '../provider-settings.js';

export interface Versioned {
  /** Undefined where the provider file names none. */
  version: string | undefined;
  /** The provider without it: it is a part of the address and none of the body. */
  provider: ProviderDocument;
}

/** Takes `additional_config.api_version` out. Throws `invalid_input` for one that is none. */
export function takeApiVersion(provider: ProviderDocument, form: RegExp, examples: string): Versioned {
  const { id, spec } = provider;
  const { api_version: version, ...rest } = spec.additional_config ?? {};
  if (version === undefined) return { version, provider };
  if (typeof version === 'string' && form.test(version)) {
    return { version, provider: { ...provider, spec: { ...spec, additional_config: rest } } };
  }
  const where = provider.at(['spec', 'additional_config', 'api_version']);
  throw invalid(`${where} provider ${id}: there is no such api_version`, `write ${examples}`);
}
