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
  /** Rays that gathered near light. */
  readonly rays: number;
  /** What the pictures were compared with. */
  readonly reference: string;
  /** Whether a picture of this scene was ever used in training; null for a file. */
  readonly seenInTraining: boolean | null;
  /** Frames played before each picture. */
  readonly warmFrames: number;
  readonly frames: readonly {
    readonly frame: number;
    readonly timeS: number;
    readonly views: Readonly<Record<string, Scores>>;
  }[];
  /** Numbers of the frames that neighbour each other, 1/60 s apart; only the first is among `frames`. */
  readonly sequence: readonly number[];
  readonly mean: Readonly<Record<string, Scores>>;
  /** `tpsnr` (dB) and `flicker` (8-bit steps) between `frames`, `sequenceTpsnr` and `sequenceFlicker` in the sequence. */
  readonly temporal: Readonly<Record<string, Scores>>;
  /** Mean change of a view from frame to frame while the scene stands still, 8-bit steps. */
  readonly still: Scores;
}
