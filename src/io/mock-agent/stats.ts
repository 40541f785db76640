/** What the agent server saw: the truth that tests compare a client's own account with. */

export interface MockAgentStats {
  connections: { opened: number; open: number; peak: number };
  /** Upgrades refused, by HTTP status. */
  refusedUpgrades: { [status: string]: number };
  /** How connections ended, by close code as the server saw it. */
  closes: { [code: string]: number };
  /** Sessions in which at least one turn was begun. */
  sessions: number;
  turns: {
    /** Messages that began a turn. */
    asked: number;
    /** Turns whose `done` was sent. */
    done: number;
    /** Turns that ended in an error frame. */
    failed: number;
    /** Turns that were lost with their connection. */
    lost: number;
    /** Messages with a text that had begun a turn before. */
    repeated: number;
    /** Of those: the `done` of the earlier turn had been sent. */
    repeatedAfterDone: number;
  };
  /** Messages refused: over the rate, while the slot of a finished turn was not free yet, in an unknown session. */
  refusals: { rate: number; slot: number; session: number };
  toolCalls: { sent: number; acknowledged: number; answered: number; rejected: number };
  pongs: number;
  /** What no client may do, by kind. */
  violations: { [kind: string]: number };
}

/** Texts remembered to count repeats. Later ones are not compared, so that a server that runs for days stays small. */
const MAX_TEXTS = 1_000_000;

export class AgentStats {
  private counts = emptyCounts();
  private readonly texts = new Map<string, { done: boolean }>();

  get snapshot(): MockAgentStats {
    return structuredClone(this.counts);
  }

  /** The counters themselves. */
  get count(): MockAgentStats {
    return this.counts;
  }

  opened(): void {
    const { connections } = this.counts;
    connections.opened += 1;
    connections.open += 1;
    connections.peak = Math.max(connections.peak, connections.open);
  }

  closed(code: number): void {
    this.counts.connections.open -= 1;
    tally(this.counts.closes, code);
  }

  refusedUpgrade(status: number): void {
    tally(this.counts.refusedUpgrades, status);
  }

  violation(kind: string): void {
    tally(this.counts.violations, kind);
  }

  /** A message has begun a turn. */
  asked(text: string): void {
    const { turns } = this.counts;
    turns.asked += 1;
    const known = this.texts.get(text);
    if (known !== undefined) {
      turns.repeated += 1;
      if (known.done) turns.repeatedAfterDone += 1;
    } else if (this.texts.size < MAX_TEXTS) this.texts.set(text, { done: false });
  }

  /** The `done` of a turn has left. */
  done(text: string): void {
    this.counts.turns.done += 1;
    const known = this.texts.get(text);
    if (known !== undefined) known.done = true;
  }

  /** Forgets everything but what is open. */
  reset(): void {
    const { open } = this.counts.connections;
    this.counts = emptyCounts();
    this.counts.connections = { opened: 0, open, peak: open };
    this.texts.clear();
  }
}

function tally(counts: { [key: string]: number }, key: string | number): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function emptyCounts(): MockAgentStats {
  return {
    connections: { opened: 0, open: 0, peak: 0 },
    refusedUpgrades: {},
    closes: {},
    sessions: 0,
    turns: { asked: 0, done: 0, failed: 0, lost: 0, repeated: 0, repeatedAfterDone: 0 },
    refusals: { rate: 0, slot: 0, session: 0 },
    toolCalls: { sent: 0, acknowledged: 0, answered: 0, rejected: 0 },
    pongs: 0,
    violations: {},
  };
}
