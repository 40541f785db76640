/** Where a command speaks: results to stdout, everything else to stderr. */
import picocolors from 'picocolors';

export type Colors = ReturnType<typeof picocolors.createColors>;

export interface Terminal {
  /** The result of the command. */
  out(text: string): void;
  /** Everything else, unless `quiet`. */
  say(text: string): void;
  /** What must be seen even when `quiet`. */
  complain(text: string): void;
  /** For what is said. */
  colors: Colors;
  /** For the result. */
  outColors: Colors;
  /** Result and progress stand on one screen. */
  outIsTerminal: boolean;
  /** Somebody sits there: stderr is a terminal that can move its cursor, and this is no CI. */
  interactive: boolean;
  columns(): number;
}

export interface TerminalOptions {
  quiet: boolean;
  /** False when --no-color was given. */
  color: boolean;
  ci: boolean;
}

/** NO_COLOR and FORCE_COLOR as their conventions say: present and not empty. */
function wantsColor(env: NodeJS.ProcessEnv, isTty: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return isTty && env.TERM !== 'dumb';
}

export function openTerminal(env: NodeJS.ProcessEnv, options: TerminalOptions): Terminal {
  const isTty = process.stderr.isTTY === true;
  const outIsTerminal = process.stdout.isTTY === true;
  const colorsFor = (tty: boolean): Colors => picocolors.createColors(options.color && wantsColor(env, tty));
  const err = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  return {
    out: (text) => {
      process.stdout.write(`${text}\n`);
    },
    say: options.quiet ? () => undefined : err,
    complain: err,
    colors: colorsFor(isTty),
    outColors: colorsFor(outIsTerminal),
    outIsTerminal,
    interactive: isTty && !options.ci && !options.quiet && env.TERM !== 'dumb',
    columns: () => process.stderr.columns || 100,
  };
}

/** Text from outside as it may stand in a terminal: no control or escape characters, one line. */
export function plainText(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
