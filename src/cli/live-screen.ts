/** A block of lines at the bottom of a terminal that is drawn over and over, with lasting lines above it. */

const REDRAW_MS = 100;

export class LiveScreen {
  private block: string[] = [];
  /** Lines of the block that stand on the screen. */
  private drawn = 0;
  private stale = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly write: (text: string) => void) {}

  /** The block from now on; at most one redraw in 100 ms. No line may be wider than the terminal. */
  show(block: string[]): void {
    this.block = block;
    this.stale = true;
    if (this.timer === undefined) this.redraw();
  }

  /** A line that stays, above the block. */
  print(line: string): void {
    this.write(`${this.clear()}${line}\n`);
    this.draw();
  }

  /** Leaves the block as it stands. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.stale) this.redraw();
    clearTimeout(this.timer);
    this.block = [];
    this.drawn = 0;
  }

  private redraw(): void {
    this.write(this.clear());
    this.draw();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.stale) this.redraw();
    }, REDRAW_MS);
  }

  private draw(): void {
    this.write(this.block.map((line) => `${line}\n`).join(''));
    this.drawn = this.block.length;
    this.stale = false;
  }

  /** Cursor up to the first line of the block, then erase to the end of the screen (ECMA-48 CPL and ED). */
  private clear(): string {
    return this.drawn === 0 ? '' : `\u001b[${this.drawn}F\u001b[0J`;
  }
}
