/** The services that checks and features reach outside by. */
import { ArenaError } from '../core/errors.js';
import type { OutsideServices } from '../core/outside-services.js';
import { askAgent, readAgentCard } from './a2a/ask-agent.js';
import type { BundleEnvironment } from './bundle-environment.js';
import { callHttp } from './http-service.js';

/** Providers that embed belong to a bundle: whoever has one puts `createEmbed` in this place. */
const embedNothing: OutsideServices['embed'] = (provider) => {
  const message = `texts cannot be embedded by "${provider}": there is no bundle here that has it`;
  return Promise.reject(new ArenaError({ code: 'provider_not_found', message }));
};

/** `env` is the environment as far as bundles may read it. Default: nothing of it. */
export function createOutsideServices(env: BundleEnvironment = () => undefined): OutsideServices {
  return {
    http: callHttp,
    askAgent,
    agentCard: readAgentCard,
    embed: embedNothing,
    env,
  };
}
