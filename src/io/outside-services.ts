/** The services that checks and features reach outside by. */
import { ArenaError } from '../core/errors.js';
import type { OutsideServices } from '../core/outside-services.js';
import { askAgent, readAgentCard } from './a2a/ask-agent.js';
import type { BundleEnvironment } from './bundle-environment.js';
import { callHttp } from './http-service.js';

const missing = (what: string): never => {
  throw new ArenaError({ code: 'unsupported', message: `${what} is not run by this version` });
};

/** `env` is the environment as far as bundles may read it. Default: nothing of it. */
export function createOutsideServices(env: BundleEnvironment = () => undefined): OutsideServices {
  return {
    http: callHttp,
    askAgent,
    agentCard: readAgentCard,
    embed: () => missing('an embedding'),
    env,
  };
}
