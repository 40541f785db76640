import { ArenaError } from '../../core/errors.js';
import { KeyAuthenticator } from './auth/key-authenticator.js';
import { HttpProvider } from './http-provider.js';
import { ownParameters } from './own-parameters.js';
import type { HostedService } from './platforms/hosted.js';
import { hostedService } from './platforms/platforms.js';
import { type CallSettings, type ProviderDocument, providerSettings } from './provider-settings.js';
import { services } from './services.js';
import { streamRetryOf } from './stream-retry.js';

/** Throws an `ArenaError` for what a provider file asks and this version, or the service, cannot do. */
export function createHttpProvider(provider: ProviderDocument, settings: CallSettings): HttpProvider {
  const { id, spec } = provider;
  const { platform } = spec;
  const called = platform === undefined ? ownService(provider, settings) : hostedService(provider, platform, settings);
  const { common, wire, auth, missingModelHint } = called;
  const { model, connections, headers, timeoutMs, idleTimeoutMs } = common;
  return new HttpProvider({
    id,
    spec,
    model,
    connections,
    wire,
    auth,
    headers,
    parameters: ownParameters(provider),
    streamRetry: streamRetryOf(spec),
    missingModelHint,
    timeoutMs,
    idleTimeoutMs,
  });
}

/** The service of the vendor, or one that speaks its protocol. */
function ownService(provider: ProviderDocument, settings: CallSettings): HostedService {
  const { id, spec } = provider;
  const service = services.get(spec.type);
  if (service === undefined) throw new ArenaError({ code: 'internal', message: `there is no service ${spec.type}` });
  const common = providerSettings(provider, service, settings);
  const auth = new KeyAuthenticator({
    id,
    credential: common.credential,
    required: common.official,
    header: service.keyHeader,
    own: spec.headers ?? {},
  });
  return { common, auth, wire: service.wire(provider, common) };
}
