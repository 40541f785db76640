/** What a run of ours can differ in from the reference's. */
export type Aspect = 'runs' | 'verdict' | 'messages' | 'assertions' | 'refused' | 'broken';

export interface Difference {
  aspect: Aspect;
  /** Absent where the bundle as a whole is meant. */
  scenario?: string;
  provider?: string;
  region?: string;
  /** What was expected and what came, in one line. */
  message: string;
}
