/** What a command ends with, by cause. */
export const EXIT = {
  ok: 0,
  fault: 1,
  usage: 2,
  assertions: 3,
  infrastructure: 7,
  cancelled: 8,
  timedOut: 124,
  interrupted: 130,
} as const;
