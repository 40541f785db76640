/**
 * Lets conversations into this process: any number at once, or one that is suspected of killing its process all alone,
 * so that it takes no neighbour with it. A suspect that waits holds back newcomers.
 */
export class ProcessGate {
  private inside = 0;
  private closed = false;
  private readonly suspects: (() => void)[] = [];
  private readonly others: (() => void)[] = [];

  async enter(alone: boolean): Promise<void> {
    const queue = alone ? this.suspects : this.others;
    const mayEnter = alone ? this.inside === 0 && !this.closed : !this.closed && this.suspects.length === 0;
    if (!mayEnter) {
      await new Promise<void>((resolve) => queue.push(resolve));
      return;
    }
    this.admit(alone);
  }

  leave(alone: boolean): void {
    this.inside -= 1;
    if (alone) this.closed = false;
    if (this.inside === 0) {
      const suspect = this.suspects.shift();
      if (suspect !== undefined) {
        this.admit(true);
        suspect();
        return;
      }
    }
    if (this.closed || this.suspects.length > 0) return;
    for (const enter of this.others.splice(0)) {
      this.admit(false);
      enter();
    }
  }

  private admit(alone: boolean): void {
    this.inside += 1;
    this.closed = alone;
  }
}
