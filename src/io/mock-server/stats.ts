/** What the mock server saw: the truth that tests and benchmarks compare a client's own account with. */

/** One call as it stands in the log. */
export interface LoggedCall {
  /** When the call came in, milliseconds since the epoch. */
  t: number;
  /** When its answer had been handed over, or given up, milliseconds since the epoch; absent while it is open. */
  end?: number;
  /** First 16 hex digits of the SHA-256 of the body; empty until the body is read, or when repeats are not counted. */
  hash: string;
  /** Status sent, or 0 while none was. */
  status: number;
  /** The client went away, or the server cut the connection, before the answer was complete. */
  aborted: boolean;
  /** The API that was called, a key of `byFormat`. */
  format: string;
}

export interface MockServerStats {
  calls: number;
  inFlight: number;
  peakInFlight: number;
  /** Complete answers by HTTP status. */
  byStatus: { [status: string]: number };
  /** Calls by the API that was called, such as openai-chat or bedrock-converse. */
  byFormat: { [format: string]: number };
  /** Calls without a complete answer. */
  aborted: number;
  /** Calls whose body had been seen before. */
  repeats: number;
  /** Bodies seen more than once, at most 1,000 of them. */
  repeated: { hash: string; count: number }[];
  /** Milliseconds since the epoch; absent before the first call. */
  firstCallAt?: number;
  lastCallAt?: number;
}

const MAX_REPEATED = 1000;

/** Distinct bodies remembered. Later ones are not compared, so that a server that runs for days stays small. */
const MAX_BODIES = 1_000_000;

export class CallStats {
  private inFlight = 0;
  private counts = emptyCounts();
  private seen = new Map<string, number>();
  private entries: LoggedCall[] = [];
  private readonly open = new Set<LoggedCall>();

  /** @param logSize Calls kept in the log; the first ones stay. */
  constructor(private readonly logSize: number) {}

  /** When the first call came in that is counted, milliseconds since the epoch. */
  get firstCallAt(): number | undefined {
    return this.counts.firstCallAt;
  }

  begin(format: string): LoggedCall {
    const call: LoggedCall = { t: Date.now(), hash: '', status: 0, aborted: false, format };
    const { counts } = this;
    counts.calls += 1;
    counts.byFormat[format] = (counts.byFormat[format] ?? 0) + 1;
    counts.firstCallAt ??= call.t;
    counts.lastCallAt = call.t;
    this.inFlight += 1;
    this.open.add(call);
    if (this.inFlight > counts.peakInFlight) counts.peakInFlight = this.inFlight;
    if (this.entries.length < this.logSize) this.entries.push(call);
    return call;
  }

  /** Notes the body of a call; true when it had been seen before. */
  body(call: LoggedCall, hash: string): boolean {
    call.hash = hash;
    const count = this.seen.get(hash);
    if (count !== undefined || this.seen.size < MAX_BODIES) this.seen.set(hash, (count ?? 0) + 1);
    if (count !== undefined) this.counts.repeats += 1;
    return count !== undefined;
  }

  /** Ends a call; a second end of the same call changes nothing. */
  end(call: LoggedCall, status: number, aborted: boolean): void {
    if (!this.open.delete(call)) return;
    call.status = status;
    call.aborted = aborted;
    call.end = Date.now();
    this.inFlight -= 1;
    const { counts } = this;
    if (aborted) counts.aborted += 1;
    else counts.byStatus[status] = (counts.byStatus[status] ?? 0) + 1;
  }

  /** Forgets everything but the calls in flight. */
  reset(): void {
    this.counts = { ...emptyCounts(), peakInFlight: this.inFlight };
    this.seen = new Map();
    this.entries = [];
  }

  snapshot(): MockServerStats {
    const repeated: { hash: string; count: number }[] = [];
    for (const [hash, count] of this.seen) {
      if (count > 1 && repeated.length < MAX_REPEATED) repeated.push({ hash, count });
    }
    return {
      ...this.counts,
      byStatus: { ...this.counts.byStatus },
      byFormat: { ...this.counts.byFormat },
      inFlight: this.inFlight,
      repeated,
    };
  }

  log(): readonly LoggedCall[] {
    return this.entries;
  }
}

type Counts = Omit<MockServerStats, 'inFlight' | 'repeated'>;

function emptyCounts(): Counts {
  return { calls: 0, peakInFlight: 0, byStatus: {}, byFormat: {}, aborted: 0, repeats: 0 };
}
