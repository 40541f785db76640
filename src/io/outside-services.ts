/** The services that checks and features reach outside by. */
import { ArenaError } from '../core/errors.js';
import type { OutsideServices } from '../core/outside-services.js';
import { askAgent, readAgentCard } from './a2a/ask-agent.js';

const missing = (what: string): never => {
  throw new ArenaError({ code: 'unsupported', message: `${what} is not run by this version` });
};

export function createOutsideServices(): OutsideServices {
  return {
    http: () => missing('a check by a web service'),
    askAgent,
    agentCard: readAgentCard,
    embed: () => missing('an embedding'),
    env: () => undefined,
  };
}
