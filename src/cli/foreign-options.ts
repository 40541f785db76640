/** Options of `promptarena run` that have no meaning here: each is refused with what to write instead. */
import { type Command, Option } from 'commander';

const INSTEAD: readonly [flags: string, instead: string][] = [
  ['--simple', 'write --ci for plain lines; the exit code tells the verdict either way'],
  ['--selfplay', 'leave it out: the turns of a scenario say whether a persona plays the user'],
  ['--roles <list>', 'leave it out: roles stand in the Arena file (self_play.roles); choose scenarios with --scenario'],
  ['--junit-file <file>', 'name it in the Arena file (defaults.output.junit.file); -o names the folder'],
  ['--markdown-file <file>', 'name it in the Arena file (defaults.output.markdown.file); -o names the folder'],
  ['--audio-monitor', 'leave it out: no audio is played here'],
  ['--audio-rate <hertz>', 'leave it out: no audio is played here'],
];

export function refuseForeignOptions(command: Command): Command {
  for (const [flags, instead] of INSTEAD) {
    const option = new Option(flags, instead).hideHelp();
    command.addOption(option);
    command.on(`option:${option.name()}`, () => {
      command.error(`error: ${option.long} is not an option here: ${instead}`);
    });
  }
  return command;
}
