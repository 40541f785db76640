/** When one lane of an open-model load test begins its conversations. */
import { type Course, dueBy, timeOf } from './course.js';

/** How arrivals follow one another: evenly, or as independent customers come (exponential gaps). */
export type ArrivalKind = 'constant' | 'poisson';

/** What a lane has of the whole rate: place 0..of − 1 among `of` lanes. */
export interface Share {
  place: number;
  of: number;
}

/**
 * The lane's account in requests: what the course has made due so far, and what its conversations have taken of it. A
 * conversation takes as many requests as it is expected to make when it begins, and the rest, or less, when it has
 * ended: so the rate of requests keeps to the target although only the beginnings of conversations can be steered.
 */
export class Arrivals {
  private course: Course;
  private share: Share;
  /** Where the present course and share took over: requests due on all lanes, and on this one. */
  private anchor: { all: number; own: number };
  private taken: number;
  /** Requests of the conversation that began last. */
  private step = 1;

  constructor(
    private readonly kind: ArrivalKind,
    course: Course,
    share: Share,
    /** Uniform in [0, 1). */
    private readonly random: () => number,
    /** Milliseconds of the test's clock at which the lane begins; what was due before is not its affair. */
    startMs = 0,
  ) {
    this.course = course;
    this.share = share;
    this.anchor = { all: dueBy(course, startMs), own: 0 };
    // Lanes begin one after the other, so that together they are as even as one.
    this.taken = kind === 'poisson' ? this.gap() : offsetOf(this.anchor.all, share);
  }

  /** When the next conversation is due; undefined when none is any more. */
  next(): number | undefined {
    return timeOf(this.course, this.anchor.all + Math.max(0, this.taken - this.anchor.own) * this.share.of);
  }

  /** The conversation that was due begins, or is dropped: `requests` are expected of it. */
  take(requests: number): void {
    this.step = requests;
    this.taken += requests * (this.kind === 'poisson' ? this.gap() : 1);
  }

  /** A conversation made other than the expected number of requests. */
  correct(difference: number): void {
    this.taken += difference;
  }

  /** Another course, or another share, from a time on. */
  change(atMs: number, course: Course, share: Share): void {
    const own = this.anchor.own + (dueBy(this.course, atMs) - this.anchor.all) / this.share.of;
    this.course = course;
    this.anchor = { all: dueBy(course, atMs), own };
    if (share.of !== this.share.of || share.place !== this.share.place) {
      this.share = share;
      // A debt or credit of more than a step comes from the old share and is not carried into the new one.
      this.taken = own + (this.kind === 'poisson' ? this.gap() : offsetOf(this.anchor.all, share));
    } else this.taken = Math.min(this.taken, own + this.step);
  }

  private gap(): number {
    return -Math.log(1 - this.random());
  }
}

/** How far behind the present the first request of a place is, so that place p has those numbered p, p + of, p + 2·of … */
function offsetOf(all: number, { place, of }: Share): number {
  const first = Math.ceil((all - place) / of) * of + place;
  return (first - all) / of;
}
