import { ArenaError } from '../../core/errors.js';
import { KeyAuthenticator } from './auth/key-authenticator.js';
import { HttpProvider } from './http-provider.js';
import { ownParameters } from './own-parameters.js';
import { type CallSettings, type ProviderDocument, providerSettings, unsupported } from './provider-settings.js';
import { services } from './services.js';

/** Throws an `ArenaError` for what a provider file asks and this version, or the service, cannot do. */
export function createHttpProvider(provider: ProviderDocument, settings: CallSettings): HttpProvider {
  const { id, spec } = provider;
  const service = services.get(spec.type);
  if (service === undefined) throw new ArenaError({ code: 'internal', message: `there is no service ${spec.type}` });
  if (spec.platform !== undefined) {
    const where = provider.at(['spec', 'platform']);
    throw unsupported(`${where} provider ${id}: platform ${spec.platform.type} is not supported`);
  }
  const common = providerSettings(provider, service, settings);
  const { model, baseUrl, credential, official, headers, timeoutMs, idleTimeoutMs } = common;
  const auth = new KeyAuthenticator({
    id,
    credential,
    required: official,
    header: service.keyHeader,
    own: spec.headers ?? {},
  });
  const wire = service.wire(provider, common);
  return new HttpProvider({
    id,
    spec,
    model,
    origin: baseUrl.origin,
    wire,
    auth,
    headers,
    parameters: ownParameters(provider),
    timeoutMs,
    idleTimeoutMs,
  });
}
