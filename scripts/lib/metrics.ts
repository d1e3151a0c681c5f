/** Closeness of a picture to the reference; the workshop's metrics fill these in. */
export type Scores = Readonly<Record<string, number | null>>;

/** metrics.json of an evaluation. */
export interface Metrics {
  readonly scene: string;
  /** WIDTHxHEIGHT of the pictures. */
  readonly size: string;
  readonly quality: string;
  readonly model: string;
  /** Where the network ran. */
  readonly backend: string;
  /** What the pictures were compared with. */
  readonly reference: string;
  /** Whether a picture of this scene was ever used in training; null for a file. */
  readonly seenInTraining: boolean | null;
  readonly frames: readonly {
    readonly frame: number;
    readonly timeS: number;
    readonly views: Readonly<Record<string, Scores>>;
  }[];
  readonly mean: Readonly<Record<string, Scores>>;
  readonly temporal: Readonly<Record<string, Scores>>;
}
