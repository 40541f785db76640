/** Whom the model asked among the agents, and what they said. Agents go by the names of their tools. */
import { type CheckFactory, pass, quoted, text, texts, verdict } from './check.js';

/** A call whose arguments were not valid never came to the agent. */
const invokedIn = (calls: readonly { name: string; invalidArgs?: boolean }[]): ReadonlySet<string> =>
  new Set(calls.filter(({ invalidArgs }) => invalidArgs !== true).map(({ name }) => name));

export const agentInvoked: CheckFactory = (params) => {
  const agents = texts(params, 'agents');
  return ({ calls }) => {
    const invoked = invokedIn(calls);
    const missing = agents.filter((agent) => !invoked.has(agent));
    if (missing.length === 0) return pass('all expected agents were invoked');
    return {
      score: (agents.length - missing.length) / agents.length,
      explanation: `agents that were not invoked: ${quoted(missing)}`,
    };
  };
};

export const agentNotInvoked: CheckFactory = (params) => {
  const agents = texts(params, 'agents');
  return ({ calls }) => {
    const invoked = invokedIn(calls);
    const found = agents.filter((agent) => invoked.has(agent));
    const explanation = found.length === 0 ? 'none of the agents was invoked' : `invoked agents: ${quoted(found)}`;
    return verdict(found.length === 0, explanation);
  };
};

export const agentResponseContains: CheckFactory = (params) => {
  const agent = text(params, 'agent');
  const part = text(params, 'contains');
  return ({ calls }) => {
    const answers = calls.filter(({ name, error }) => name === agent && error === undefined);
    if (answers.length === 0) return verdict(false, `agent "${agent}" gave no response`);
    const found = answers.some(({ result }) => result.includes(part));
    const explanation = found
      ? `a response of agent "${agent}" contains the text`
      : `none of ${answers.length} responses of agent "${agent}" contains "${part}"`;
    return verdict(found, explanation);
  };
};
