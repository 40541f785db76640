/** What a command ends with, by cause. */
export const EXIT = {
  ok: 0,
  fault: 1,
  usage: 2,
  assertions: 3,
  /** A threshold of a load test was lost. */
  thresholds: 4,
  /** Fewer records than were asked for. */
  incomplete: 5,
  /** A budget was used up. */
  budget: 6,
  infrastructure: 7,
  cancelled: 8,
  timedOut: 124,
  interrupted: 130,
} as const;
