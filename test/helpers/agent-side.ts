import type { MockAgentOptions } from '../../src/io/mock-agent/options.js';
import { type MockAgent, startMockAgent } from '../../src/io/mock-agent/server.js';
import { agentAt, Talk } from './agent-calls.js';

/** A mock agent and the conversations with it, all ended together. */
export class AgentSide {
  private agent: MockAgent | undefined;
  private readonly talks: Talk[] = [];

  /** Ends what was there before. */
  async start(options: MockAgentOptions = {}): Promise<MockAgent> {
    await this.stop();
    this.agent = await startMockAgent(options);
    return this.agent;
  }

  /** A conversation over a provider of its own. `more`: further fields of the provider file. */
  talk(more: object = {}, given?: ConstructorParameters<typeof Talk>[1], callTimeoutMs?: number): Talk {
    const talk = new Talk(agentAt(this.agent?.url ?? '', more, { callTimeoutMs }), given);
    this.talks.push(talk);
    return talk;
  }

  async stop(): Promise<void> {
    for (const talk of this.talks.splice(0)) talk.end();
    await this.agent?.close();
    this.agent = undefined;
  }
}
