import { PlaneGeometry, Quaternion, Vector3 } from 'three';
import { expect, it } from 'vitest';
import { expectNoProblems, open } from './browser';
import { loadScene, type SceneParts } from './glb';
import { widenImage } from './pictures';

const FIRST = [0.9, 0.6, 0.9] as const;
const SECOND = [1, 0.5, 0.25] as const;
/** Radiance. */
const GLOW = 2;

/** Turns a plane, which faces +z, towards a direction. */
const facing = (x: number, y: number, z: number): Quaternion =>
  new Quaternion().setFromUnitVectors(new Vector3(0, 0, 1), new Vector3(x, y, z).normalize());

/** A mirror that fills the picture shows a mirror above it, which shows a glowing wall that the camera does not see. */
function periscope(): SceneParts {
  const mirror = { metalness: 1, roughness: 0 } as const;
  return {
    parts: [
      {
        ...mirror,
        geometry: new PlaneGeometry(1.5, 1.5),
        color: FIRST,
        turn: facing(0, 1, 1),
      },
      {
        ...mirror,
        geometry: new PlaneGeometry(1.5, 1.5),
        color: SECOND,
        at: [0, 2, 0],
        turn: facing(0, -1, -1),
      },
      {
        geometry: new PlaneGeometry(2, 2),
        color: [0, 0, 0],
        glow: [GLOW, GLOW, GLOW],
        at: [0, 2, -3],
      },
    ],
    shots: [{ eye: [0, 0, 3], target: [0, 0, 0] }],
    fovDeg: 10,
  };
}

it('a mirror shows what a mirror shows', async () => {
  const demo = await open({ size: '96x64' });
  await loadScene(demo, periscope(), 'none');
  await demo.call('seek', 0);
  const { images } = await demo.call('buffers');
  const { data, width, height } = widenImage(images.mirror!);
  const middle = ((height >> 1) * width + (width >> 1)) * 4;
  // Lighting: what arrives, without the colour of the first mirror. A change of ℓ by 5 is kept to half a step of 2.3 %.
  SECOND.forEach((color, c) => {
    expect(Math.abs(data[middle + c]! / (color * GLOW) - 1), `channel ${c}`).toBeLessThan(0.015);
  });
  expectNoProblems(demo);
});
