/** Stays with a run until it has ended, or until the user has had enough. */
import { formatDurationMs } from '../core/duration.js';
import type { JobResult } from '../core/run.js';
import type { CliContext } from './context.js';
import { hostGone } from './host-gone.js';
import { attachLiveRun, type LiveRun } from './live-run.js';
import { LiveScreen } from './live-screen.js';
import { type Kinded, liveBlock, liveLine } from './live-view.js';
import { eventLine, eventNews } from './load-view.js';
import { type ProgressPicture, ProgressTracker } from './progress-tracker.js';
import { failureLine, heldLine } from './progress-view.js';
import { plainText } from './terminal.js';

/** After the first Ctrl-C a second one within this time cancels; otherwise the command lets go. */
const SECOND_CHANCE_MS = 3000;

const LOOK_EVERY_MS = { terminal: 500, plain: 1000 } as const;
const PLAIN_LINE_EVERY_MS = 10_000;

/** No worker, or no engine, has answered for this long: say so. */
const SILENCE_MS = 15_000;

export type WatchEnd =
  /** `shown`: ids of the failures that were printed as they came; a short run may end before anybody looks. */
  { kind: 'result'; result: JobResult; shown: ReadonlySet<string> } | { kind: 'detached' };

/**
 * `totals`: conversations by provider. Throws when the run fails without a result. When the processes of the run die
 * under it, they are started again.
 */
export async function watchRun(
  context: CliContext,
  live: LiveRun,
  totals: ReadonlyMap<string, number>,
): Promise<WatchEnd> {
  const stop = new AbortController();
  const screen = context.terminal.interactive ? new LiveScreen((text) => process.stderr.write(text)) : undefined;
  const interrupts = watchInterrupts(live, (line) => {
    if (screen === undefined) context.terminal.complain(line);
    else screen.print(line);
  });
  try {
    const tracker = new ProgressTracker(totals);
    const ended = live.handle.result().then((result): WatchEnd => ({ kind: 'result', result, shown: tracker.told }));
    const progress = showProgress(context, live, tracker, screen, stop.signal);
    const end = await Promise.race([ended, interrupts.detached, hostGone(context, live.run, stop.signal)]);
    stop.abort();
    (await progress)(end);
    if (end.kind !== 'orphaned') return end;
    // The old connection leads nowhere any more; what it still has to say is of no use.
    ended.catch(() => undefined);
  } finally {
    stop.abort();
    interrupts.end();
  }
  const record = await context.local.read(live.run);
  if (record === undefined) throw new Error(`the record of ${live.run} has gone`);
  return watchRun(context, await attachLiveRun(context, record), totals);
}

/** Shows the run until the signal; what it gives shows the end. */
async function showProgress(
  { terminal }: CliContext,
  live: LiveRun,
  tracker: ProgressTracker,
  screen: LiveScreen | undefined,
  signal: AbortSignal,
): Promise<(end: WatchEnd | { kind: 'orphaned' }) => void> {
  const { colors } = terminal;
  const print = (line: string): void => (screen === undefined ? terminal.say(line) : screen.print(line));
  const silence = noticeSilence(() => print(`waiting  no worker has answered for a while; their logs: ${live.logs}`));
  const pace = plainPace();
  const troubles = new Set<string>();
  const events = eventNews();
  const draw = (run: Kinded, picture: ProgressPicture, elapsedMs: number): void =>
    screen?.show(liveBlock(run, picture, { columns: terminal.columns(), colors, elapsedMs }));
  draw({}, tracker.begin(), 0);
  // A run that has just begun has nothing to show, and looking at it takes time from its start.
  const intervalMs = screen === undefined ? LOOK_EVERY_MS.plain : LOOK_EVERY_MS.terminal;
  for await (const progress of live.handle.progress({ intervalMs, firstAfterMs: intervalMs, signal })) {
    silence.heard();
    const elapsedMs = Date.now() - progress.startedAt;
    const { picture, failures, news } = tracker.update(progress);
    // Of data a failed check is one of the reasons to leave a conversation out, which are counted.
    const told = progress.dataset === undefined ? failures : failures.filter(({ verdict }) => verdict === 'errored');
    for (const item of told) print(failureLine(item, colors));
    for (const trouble of progress.troubles.filter((text) => !troubles.has(text))) {
      troubles.add(trouble);
      print(`trouble  ${plainText(trouble)}`);
    }
    for (const event of events(progress.load)) print(eventLine(event));
    for (const row of news.held) print(heldLine(row));
    for (const provider of news.released) print(`goes on  ${plainText(provider)}: its conversations wait no longer`);
    draw(progress, picture, elapsedMs);
    // A load test has no number of conversations that it goes towards.
    const done = progress.load === undefined ? picture.passed + picture.failed + picture.errored : 0;
    if (screen === undefined && pace(done, picture.total)) {
      terminal.say(liveLine(progress, picture, elapsedMs));
    }
  }
  silence.end();
  return (end) => {
    if (end.kind === 'result') draw(end.result, tracker.end(end.result), end.result.endedAt - end.result.startedAt);
    screen?.end();
  };
}

/** True when a plain line is due: a tenth more is done, or some time has passed. */
function plainPace(): (done: number, total: number) => boolean {
  let lastTenth = 0;
  let lastAt = Date.now();
  return (done, total) => {
    const tenth = Math.floor((10 * done) / Math.max(1, total));
    if (tenth === lastTenth && Date.now() - lastAt < PLAIN_LINE_EVERY_MS) return false;
    lastTenth = tenth;
    lastAt = Date.now();
    return true;
  };
}

function noticeSilence(tell: () => void): { heard(): void; end(): void } {
  let last = Date.now();
  const timer = setInterval(() => {
    if (Date.now() - last < SILENCE_MS) return;
    last = Date.now();
    tell();
  }, 1000);
  return {
    heard() {
      last = Date.now();
    },
    end: () => clearInterval(timer),
  };
}

/** Ctrl-C: once lets go of the run, twice cancels it, a third time leaves at once. */
function watchInterrupts(live: LiveRun, print: (line: string) => void): { detached: Promise<WatchEnd>; end(): void } {
  let timer: NodeJS.Timeout | undefined;
  let count = 0;
  let leave: (end: WatchEnd) => void = () => undefined;
  const detached = new Promise<WatchEnd>((resolve) => {
    leave = resolve;
  });
  const onInterrupt = (): void => {
    count += 1;
    clearTimeout(timer);
    const { run } = live;
    if (count === 1) {
      const seconds = formatDurationMs(SECOND_CHANCE_MS);
      print(`detach   ${run} goes on in the background; Ctrl-C again within ${seconds} cancels it`);
      timer = setTimeout(() => leave({ kind: 'detached' }), SECOND_CHANCE_MS);
    } else if (count === 2) {
      print(`cancel   ${run} is being cancelled, its reports are written; once more leaves at once`);
      live.handle.cancel().catch((error: unknown) => print(`cancel   failed: ${String(error)}`));
    } else leave({ kind: 'detached' });
  };
  process.on('SIGINT', onInterrupt);
  return {
    detached,
    end() {
      clearTimeout(timer);
      process.off('SIGINT', onInterrupt);
    },
  };
}
