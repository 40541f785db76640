/** The clouds that models can be called at. */
import { type PlatformSpec, platformFault } from '../../../schema/platform.js';
import { type CallSettings, invalid, type ProviderDocument } from '../provider-settings.js';
import { azure } from './azure.js';
import { bedrock } from './bedrock.js';
import type { HostedDocument, HostedService } from './hosted.js';
import { vertex } from './vertex.js';

const PLATFORMS: { readonly [type in PlatformSpec['type']]: (document: HostedDocument) => HostedService } = {
  azure,
  bedrock,
  vertex,
};

/** Throws an `ArenaError` for what a provider file asks and the cloud, or this machine, does not have. */
export function hostedService(
  provider: ProviderDocument,
  platform: PlatformSpec,
  settings: CallSettings,
): HostedService {
  const fault = platformFault(provider.spec);
  if (fault === undefined) return PLATFORMS[platform.type]({ provider, platform, settings });
  const where = provider.at(['spec', ...fault.path]);
  throw invalid(`${where} provider ${provider.id}: ${fault.message}`, fault.hint);
}
