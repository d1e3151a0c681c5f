import type { PerspectiveCamera } from 'three/webgpu';
import { Matrix4, Vector2 } from 'three/webgpu';

/** Radical inverse of `index` in `base`: the Halton sequence. */
export function halton(index: number, base: number): number {
  let result = 0;
  let fraction = 1;
  for (let i = index; i > 0; i = Math.floor(i / base)) {
    fraction /= base;
    result += fraction * (i % base);
  }
  return result;
}

/** Number of distinct jitter positions at up-scaling factor `scale` (8·s², as in FSR 2 and XeSS). */
export function jitterPhases(scale: number): number {
  return Math.round(8 * scale * scale);
}

const sequences = new Map<number, ReadonlyArray<readonly [number, number]>>();

/** Halton points around their own mean: pictures that gather all of them are not displaced. */
function jitterSequence(phases: number): ReadonlyArray<readonly [number, number]> {
  const [x, y] = [2, 3].map((base) => {
    const parts = Array.from({ length: phases }, (_, i) => halton(i + 1, base));
    const mean = parts.reduce((sum, part) => sum + part, 0) / phases;
    return parts.map((part) => part - mean);
  }) as [number[], number[]];
  return x.map((part, i) => [part, y[i]!]);
}

/** Sub-pixel offset of frame `frame` in pixels, each component in [-0.5, 0.5). */
export function jitterOffset(frame: number, scale: number): readonly [number, number] {
  const phases = jitterPhases(scale);
  let sequence = sequences.get(phases);
  if (!sequence) sequences.set(phases, (sequence = jitterSequence(phases)));
  return sequence[frame % phases]!;
}

/**
 * A camera's projections for one frame. The G-buffer is jittered by up to half a low-resolution pixel, so that its
 * samples wander over the whole area they stand for; the guide only by half an output pixel, which is all that
 * anti-aliasing wants.
 */
export class JitteredProjection {
  readonly unjittered = new Matrix4();
  readonly gbuffer = new Matrix4();
  readonly guide = new Matrix4();
  /** Where in its pixel a sample is taken: offset from the centre, y down, in pixels of either resolution. */
  readonly jitterPx = new Vector2();
  /** By how much that is more than in the last frame. */
  readonly jitterShiftPx = new Vector2();

  /** Reads the camera's own projection and derives the two jittered ones. Sizes in pixels. */
  update(camera: PerspectiveCamera, offset: readonly [number, number], input: Size, output: Size) {
    camera.updateProjectionMatrix();
    this.unjittered.copy(camera.projectionMatrix);
    shift(this.gbuffer.copy(this.unjittered), offset, input);
    shift(this.guide.copy(this.unjittered), offset, output);
    const [x, y] = offset;
    this.jitterShiftPx.set(x, -y).sub(this.jitterPx);
    this.jitterPx.set(x, -y);
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function shift(matrix: Matrix4, [x, y]: readonly [number, number], { width, height }: Size): void {
  matrix.elements[8]! += (2 * x) / width;
  matrix.elements[9]! += (2 * y) / height;
}

/** Installs a projection and its inverse on the camera (three does not touch them again while rendering). */
export function project(camera: PerspectiveCamera, projection: Matrix4): void {
  camera.projectionMatrix.copy(projection);
  camera.projectionMatrixInverse.copy(projection).invert();
}
