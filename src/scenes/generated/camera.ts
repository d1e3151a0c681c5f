import { type Box3, PerspectiveCamera, Ray, Vector3 } from 'three/webgpu';
import type { Triple } from '../kit';
import type { Random } from '../random';
import type { Layout } from './layout';
import { loopAngle, loopS } from './motion';

/** A short closed flight: an ellipse around a place while the gaze drifts. */
interface Flight {
  eye: Vector3;
  sway: Vector3;
  heave: Vector3;
  target: Vector3;
  drift: Vector3;
  offset: number;
}

const clearanceM = 0.3;
const samples = Array.from({ length: 12 }, (_, i) => (i * loopS) / 12);

function eyeAt({ eye, sway, heave, offset }: Flight, timeS: number, out: Vector3): Vector3 {
  const angle = loopAngle(timeS, offset);
  return out
    .copy(eye)
    .addScaledVector(sway, Math.cos(angle))
    .addScaledVector(heave, Math.sin(angle));
}

function proposeFlight(random: Random, layout: Layout, sights: readonly Triple[]): Flight {
  const { min, max } = layout.bounds;
  const high = random.chance(0.15);
  const top = Math.max(1, Math.min(high ? 3.2 : 1.9, max.y - 0.3));
  const eye = new Vector3(
    random.range(min.x + 0.2, max.x - 0.2),
    random.range(high ? Math.min(1.8, top - 0.1) : 0.8, top),
    random.range(min.z + 0.2, max.z - 0.2),
  );
  const sight = sights.length > 0 ? random.pick(sights) : ([0, 0.6, 0] as const);
  const target = new Vector3(...sight);
  target.add(new Vector3(random.range(-0.4, 0.4), random.range(0, 0.7), random.range(-0.4, 0.4)));
  const towards = target.clone().sub(eye).setY(0).normalize();
  const across = new Vector3(-towards.z, 0, towards.x);
  const dolly = random.chance(0.4);
  const sway = (dolly ? towards : across).clone().multiplyScalar(random.range(0.06, 0.32));
  const heave = (dolly ? across : towards).clone().multiplyScalar(random.range(0, 0.1));
  heave.y += random.range(-0.08, 0.08);
  const drift = new Vector3(
    random.range(-0.25, 0.25),
    random.range(-0.08, 0.08),
    random.range(-0.25, 0.25),
  );
  return { eye, sway, heave, target, drift, offset: random.range(0, 2 * Math.PI) };
}

function isClear(flight: Flight, layout: Layout, boxes: readonly Box3[]): boolean {
  const place = new Vector3();
  return samples.every((timeS) => {
    eyeAt(flight, timeS, place);
    return (
      layout.bounds.containsPoint(place) &&
      boxes.every((box) => box.distanceToPoint(place) > clearanceM)
    );
  });
}

const aspect = 16 / 9;

/** How good a picture is: several things at middle distance, little right before the lens, not only sky. */
function scorePicture(camera: PerspectiveCamera, boxes: readonly Box3[]): number {
  const ray = new Ray();
  const hit = new Vector3();
  const seen = new Set<number>();
  let near = 0;
  let sky = 0;
  let middle = 0;
  for (let iy = -2; iy <= 2; iy++) {
    for (let ix = -3; ix <= 3; ix++) {
      ray.origin.setFromMatrixPosition(camera.matrixWorld);
      ray.direction
        .set(ix / 3.4, iy / 2.4, 0.5)
        .unproject(camera)
        .sub(ray.origin)
        .normalize();
      let distance = Infinity;
      let first = -1;
      boxes.forEach((box, index) => {
        if (!ray.intersectBox(box, hit)) return;
        const d = hit.distanceTo(ray.origin);
        if (d < distance) [distance, first] = [d, index];
      });
      if (first < 0) sky++;
      else seen.add(first);
      if (distance < 0.9) near++;
      else if (distance < 4.5) middle++;
    }
  }
  return seen.size * 1.4 + middle * 0.3 - near * 1.2 - Math.max(0, sky - 8) * 0.6;
}

function poseCamera(camera: PerspectiveCamera, flight: Flight, timeS: number): void {
  eyeAt(flight, timeS, camera.position);
  scratchTarget
    .copy(flight.target)
    .addScaledVector(flight.drift, Math.sin(loopAngle(timeS, flight.offset + 1)));
  camera.lookAt(scratchTarget);
  camera.updateMatrixWorld();
}
const scratchTarget = new Vector3();

/** Finds a free place with a good view and a short smooth loop around it. */
export function makeCamera(
  random: Random,
  layout: Layout,
  { boxes, sights }: { boxes: readonly Box3[]; sights: readonly Triple[] },
): { camera: PerspectiveCamera; fly(timeS: number): void } {
  const camera = new PerspectiveCamera(random.range(40, 62), aspect, 0.05, 60);
  const centre = layout.bounds.getCenter(new Vector3());
  const still = new Vector3();
  let best: Flight = {
    eye: new Vector3(centre.x, layout.bounds.max.y - clearanceM - 0.05, centre.z),
    sway: still,
    heave: still,
    target: new Vector3(centre.x + 0.6, 0, centre.z + 0.6),
    drift: new Vector3(0.2, 0, 0),
    offset: 0,
  };
  let bestScore = -Infinity;
  for (let attempt = 0, valid = 0; attempt < 500 && valid < 20; attempt++) {
    const flight = proposeFlight(random, layout, sights);
    if (!isClear(flight, layout, boxes)) continue;
    valid++;
    poseCamera(camera, flight, 0);
    const score = scorePicture(camera, boxes);
    if (score > bestScore) [best, bestScore] = [flight, score];
  }
  const flight = best;
  return { camera, fly: (timeS) => poseCamera(camera, flight, timeS) };
}
