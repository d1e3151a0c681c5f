import { CatmullRomCurve3, PerspectiveCamera, Vector3 } from 'three/webgpu';
import type { Triple } from './kit';

/** A camera flight: where it is and what it looks at, each a smooth curve through points. */
export interface CameraPathOptions {
  eyes: readonly Triple[];
  targets: readonly Triple[];
  durationS: number;
  /** Vertical field of view in degrees. */
  fovDeg: number;
  nearM?: number;
  farM?: number;
}

/** A camera and the function that puts it on its path. */
export interface CameraPath {
  camera: PerspectiveCamera;
  fly(timeS: number): void;
}

// Shared by all paths: filled and used within one call.
const eye = new Vector3();
const target = new Vector3();

const toCurve = (points: readonly Triple[]): CatmullRomCurve3 =>
  new CatmullRomCurve3(
    points.map((point) => new Vector3(...point)),
    false,
    'centripetal',
  );

/** There and back again in one period, slow at both ends, so that a loop has no jump. */
export const thereAndBack = (timeS: number, periodS: number): number =>
  0.5 - 0.5 * Math.cos((2 * Math.PI * timeS) / periodS);

/** Makes a camera that flies through the eye points and back within `durationS`. */
export function makeCameraPath(options: CameraPathOptions): CameraPath {
  const { durationS, fovDeg, nearM = 0.05, farM = 60 } = options;
  const camera = new PerspectiveCamera(fovDeg, 16 / 9, nearM, farM);
  const eyes = toCurve(options.eyes);
  const targets = toCurve(options.targets);
  const fly = (timeS: number): void => {
    const u = thereAndBack(timeS, durationS);
    camera.position.copy(eyes.getPointAt(u, eye));
    camera.lookAt(targets.getPointAt(u, target));
    camera.updateMatrixWorld();
  };
  fly(0);
  return { camera, fly };
}
