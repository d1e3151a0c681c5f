import { PerspectiveCamera, PlaneGeometry, Vector3 } from 'three';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ViewId } from '../../src/core/view-ids';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, open } from './browser';
import { loadScene, type SceneParts, type Shot } from './glb';
import { rangeOf } from './pictures';
import { floorTurn } from './test-scenes';

const size = { widthPx: 96, heightPx: 64 };
const fovDeg = 50;
const shot: Shot = { eye: [0, 0.7, 4], target: [0, 0, 0] };
let demo: OpenDemo;

beforeAll(async () => {
  demo = await open({ size: `${size.widthPx}x${size.heightPx}`, quality: 'native' });
});

/** A sheet under the sun, 2 m wide, 1 m over a floor; the right half of its texture is clear. */
function sheet(isCutOut: boolean, facesLamp = false): SceneParts {
  const data = Uint8Array.from([200, 200, 200, 255, 200, 200, 200, 0]);
  return {
    parts: [
      { geometry: new PlaneGeometry(12, 12), turn: floorTurn },
      {
        geometry: new PlaneGeometry(2, 2),
        turn: facesLamp ? floorTurn : floorTurn.clone().invert(),
        at: [0, 1, 0],
        texture: { width: 2, height: 1, data },
        isCutOut,
      },
    ],
    lamps: [{ type: 'directional', intensity: 3, direction: [0, -1, 0] }],
    shots: [shot],
    fovDeg,
  };
}

/** Red radiance of a view at places of the floor, x metres to the right of the middle. */
async function floorAt(view: ViewId, scene: SceneParts, xs: readonly number[]): Promise<number[]> {
  await loadScene(demo, scene);
  await demo.call('seek', 0);
  const { data, width, height } = await demo.pixelsLinear(view);
  const camera = new PerspectiveCamera(fovDeg, width / height);
  camera.position.set(...shot.eye);
  camera.lookAt(...shot.target);
  camera.updateMatrixWorld();
  return xs.map((x) => {
    const ndc = new Vector3(x, 0, 0).project(camera);
    const column = Math.floor((ndc.x / 2 + 0.5) * width);
    const row = Math.floor((0.5 - ndc.y / 2) * height);
    return data[(row * width + column) * 4]!;
  });
}

// Shadow maps alone, and with rays near their edges.
describe.each(['raw', 'resolve'] as const)('in view %s a sheet between sun and floor', (view) => {
  it('throws a whole shadow, whatever the alpha of its texture, if it has no holes', async () => {
    const [left, right, beside] = await floorAt(view, sheet(false), [-0.5, 0.5, 2]);
    // Ambient light is left: found are 0.3.
    expect(left).toBeLessThan(beside! / 2);
    expect(right).toBeLessThan(beside! / 2);
  });

  it('throws the same shadow whichever way it faces', async () => {
    const places = [0.5, 2];
    const away = await floorAt(view, sheet(false), places);
    const towards = await floorAt(view, sheet(false, true), places);
    // Found: 0.03 of the open floor's light, of the sheet's other face.
    towards.forEach((light, i) => expect(Math.abs(light - away[i]!)).toBeLessThan(0.1 * away[1]!));
  });

  it('lets light through its holes', async () => {
    const [left, right, beside] = await floorAt(view, sheet(true), [-0.5, 0.5, 2]);
    expect(left).toBeLessThan(beside! / 2);
    // Both see the sun; ambient light is the same in the raw picture and not quite in the other, whose probes know that
    // the sheet throws light back (found: 0.16).
    expect(Math.abs(right! / beside! - 1)).toBeLessThan(view === 'raw' ? 0.02 : 0.2);
  });
});

it.each([
  { type: 'directional', intensity: 3, direction: [-1, -0.15, -0.4] },
  { type: 'point', intensity: 100, at: [5, 0.8, 1] },
] as const)('a floor throws no shadow on itself in flat light of a $type lamp', async (lamp) => {
  // Nothing but the floor is in view.
  const steep: Shot = { eye: [0, 1.5, 2], target: [0, 0, 0.5] };
  const parts = [sheet(false).parts[0]!];
  await loadScene(demo, { parts, lamps: [lamp], shots: [steep], fovDeg });
  await demo.call('seek', 0);
  expect(rangeOf(await demo.pixelsLinear('debug:visibility')).least).toBeGreaterThan(0.99);
});

it('reports no error', () => {
  expectNoProblems(demo);
});
