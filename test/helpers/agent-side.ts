import type { Provider } from '../../src/core/provider.js';
import type { MockAgentOptions } from '../../src/io/mock-agent/options.js';
import { type MockAgent, startMockAgent } from '../../src/io/mock-agent/server.js';
import { agentAt, Talk } from './agent-calls.js';
import { waitFor } from './wait-for.js';

/** A mock agent and the conversations with it, all ended together. */
export class AgentSide {
  private agent: MockAgent | undefined;
  private readonly talks: Talk[] = [];
  private provider: Provider | undefined;

  /** Ends what was there before. */
  async start(options: MockAgentOptions = {}): Promise<MockAgent> {
    await this.stop();
    this.agent = await startMockAgent(options);
    return this.agent;
  }

  /** A conversation over a provider of its own. `more`: further fields of the provider file. */
  talk(more: object = {}, given?: ConstructorParameters<typeof Talk>[1], env: object = {}): Talk {
    this.provider = agentAt(this.agent?.url ?? '', more, env);
    const talk = new Talk(this.provider, given);
    this.talks.push(talk);
    return talk;
  }

  /** That of the last conversation. */
  get lastProvider(): Provider {
    if (this.provider === undefined) throw new Error('nobody has talked yet');
    return this.provider;
  }

  /** Waits until no connection is open. */
  async settled(): Promise<void> {
    await waitFor('the end of all connections', () => (this.agent?.stats().connections.open === 0 ? true : undefined));
  }

  async stop(): Promise<void> {
    for (const talk of this.talks.splice(0)) talk.end();
    await this.agent?.close();
    this.agent = undefined;
  }
}
