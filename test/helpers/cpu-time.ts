/** Processor time of this process, in milliseconds: other than time on the wall it does not grow when others are busy. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
