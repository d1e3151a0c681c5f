import { PlaneGeometry, Quaternion, Vector3 } from 'three';
import { expect, it } from 'vitest';
import { expectNoProblems, open } from './browser';
import { loadScene, type SceneParts } from './glb';

const COLORS = { first: [0.9, 0.6, 0.9], second: [1, 0.5, 0.25] } as const;
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
        color: COLORS.first,
        turn: facing(0, 1, 1),
      },
      {
        ...mirror,
        geometry: new PlaneGeometry(1.5, 1.5),
        color: COLORS.second,
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
  const { data, width, height } = await demo.pixelsLinear('debug:mirror');
  const middle = ((height >> 1) * width + (width >> 1)) * 4;
  // The material factor of the first mirror at 45° is its colour to within 0.5 % of white; log₂ coding in half floats.
  console.log("PIX", Array.from(data.slice(middle, middle + 4)), Array.from(data.slice(0, 4)));
  COLORS.first.forEach((first, c) => {
    const wanted = first * COLORS.second[c]! * GLOW;
    expect(Math.abs(data[middle + c]! / wanted - 1), `channel ${c}`).toBeLessThan(0.03);
  });
  expectNoProblems(demo);
});
