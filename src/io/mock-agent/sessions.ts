/** What the agent remembers of its conversations. */
export interface AgentSession {
  readonly id: string;
  /** What was said by the user, in turns that came to their `done`. */
  readonly said: string[];
  /** A turn is under way. */
  busy: boolean;
}

export class AgentSessions {
  private readonly byId = new Map<string, AgentSession & { usedAt: number }>();
  private readonly forgotten = new Set<string>();

  /** @param ttlMs Time without a turn after which a session is forgotten, in milliseconds. */
  constructor(
    private readonly ttlMs: number,
    private readonly anyId: boolean,
  ) {}

  /** The session for a turn; undefined when it is not known, or not any more. `own`: the connection's own id. */
  take(id: string, own: boolean): AgentSession | undefined {
    const now = performance.now();
    const known = this.byId.get(id);
    if (known !== undefined && now - known.usedAt <= this.ttlMs) {
      known.usedAt = now;
      return known;
    }
    // Its own id is good for a new session, but not for one that is gone.
    if (!this.anyId && (known !== undefined || !own || this.forgotten.has(id))) return undefined;
    const session = { id, said: [], busy: false, usedAt: now };
    this.byId.set(id, session);
    return session;
  }

  get size(): number {
    return this.byId.size;
  }

  /** Every session is gone, as after a restart without a store. */
  forget(): void {
    for (const id of this.byId.keys()) this.forgotten.add(id);
    this.byId.clear();
  }
}
