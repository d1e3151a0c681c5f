import { BoxGeometry, PlaneGeometry, Quaternion, Vector3 } from 'three';
import type { BufferGeometry } from 'three';
import { mergeGeometries } from 'three/addons/utils/BufferGeometryUtils.js';
import { beforeAll, expect, it } from 'vitest';
import type { ImageDataLinear } from '../../src/page-api';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, open } from './browser';
import { loadScene, type Part, type SceneParts, uniformSky } from './glb';

let demo: OpenDemo;

beforeAll(async () => {
  demo = await open({ view: 'ai' });
  await demo.page.route('**/white.hdr', (route) => route.fulfill({ body: uniformSky(1) }));
});

const up = new Quaternion().setFromUnitVectors(new Vector3(0, 0, 1), new Vector3(0, 1, 0));
const mirror = { color: [1, 1, 1], metalness: 1, roughness: 0 } as const satisfies Partial<Part>;

/** Michelson contrast of the columns that `isBright` picks against the others, in the rows given. */
function contrast(
  { data, width }: ImageDataLinear,
  [top, bottom]: readonly [number, number],
  isBright: (column: number) => boolean | null,
): number {
  const sums = [0, 0];
  const counts = [0, 0];
  for (let y = top; y < bottom; y++) {
    for (let x = 8; x < width - 8; x++) {
      const side = isBright(x);
      if (side === null) continue;
      sums[Number(side)]! += data[(y * width + x) * 4]!;
      counts[Number(side)]!++;
    }
  }
  const [dark, bright] = sums.map((sum, i) => sum / counts[i]!) as [number, number];
  return (bright - dark) / (bright + dark);
}

it('a mirror shows what is finer than the pixels of the low-resolution frame', async () => {
  const [width, height, fovDeg] = [128, 64, 30];
  // The bars, behind the camera, are mirrored to 3 m before it: two pixels wide, two apart, one of the low-resolution frame each.
  const pxPerM = height / 2 / Math.tan((fovDeg * Math.PI) / 360) / 3;
  const barM = 2 / pxPerM;
  const bars = mergeGeometries(
    Array.from({ length: 40 }, (_, i) =>
      new PlaneGeometry(barM, 4).rotateY(Math.PI).translate((2 * (i - 20) + 0.5) * barM, 0, 2),
    ),
  );
  const scene: SceneParts = {
    parts: [
      { ...mirror, geometry: new PlaneGeometry(4, 4) },
      { geometry: bars as BufferGeometry, color: [0, 0, 0], glow: [2, 2, 2] },
    ],
    shots: [{ eye: [0, 0, 1], target: [0, 0, 0] }],
    fovDeg,
  };
  await demo.call('apply', { size: { widthPx: width, heightPx: height } });
  await loadScene(demo, scene, 'none');
  await demo.call('seek', 0);
  await demo.call('step', 8);
  const picture = await demo.pixelsLinear('ai');
  const isBar = (column: number) => (column - width / 2 + 400) % 4 < 2;
  // Found: 0.93; 0.41 where mirrors come from the low-resolution frame.
  expect(contrast(picture, [24, 40], isBar)).toBeGreaterThan(0.8);
  expectNoProblems(demo);
});

it('a mirror shows the textures of what the picture shows', async () => {
  const [size, fovDeg, heightM, distanceM] = [128, 50, 0.25, 3];
  const texels = 64;
  const data = new Uint8Array(texels * 4).map((_, i) => (i % 4 === 3 || (i >> 2) % 2 ? 255 : 40));
  await demo.call('apply', { size: { widthPx: size, heightPx: size } });
  const wall: Part = {
    geometry: new PlaneGeometry(6, 3),
    texture: { width: texels, height: 1, data },
    at: [0, 1.5, -distanceM],
  };
  const scene: SceneParts = {
    parts: [{ ...mirror, geometry: new PlaneGeometry(6, 6), turn: up }, wall],
    lamps: [{ type: 'point', intensity: 40, at: [0, 1, 0] }],
    shots: [{ eye: [0, heightM, 0], target: [0, heightM, -1] }],
    fovDeg,
  };
  await loadScene(demo, scene, 'none');
  await demo.call('seek', 0);
  await demo.call('step', 8);
  const picture = await demo.pixelsLinear('ai');
  const focalPx = size / 2 / Math.tan((fovDeg * Math.PI) / 360);
  /** Only the middle of a stripe: its edges are a pixel of the guide's jitter wide. */
  const isWhite = (column: number): boolean | null => {
    const texel = ((((column + 0.5 - size / 2) / focalPx) * distanceM + 3) / 6) * texels;
    return Math.abs((texel % 1) - 0.5) > 0.25 ? null : Math.floor(texel) % 2 === 1;
  };
  const rowOf = (y: number): number => Math.round(size / 2 + ((heightM - y) / distanceM) * focalPx);
  const seen = contrast(picture, [rowOf(1), rowOf(0.5)], isWhite);
  const mirrored = contrast(picture, [rowOf(-0.5), rowOf(-1)], isWhite);
  expect(seen).toBeGreaterThan(0.5);
  // Found: 0.99 of it; 0.77 where mirrors come from the low-resolution frame.
  expect(mirrored).toBeGreaterThan(0.9 * seen);
  expectNoProblems(demo);
});

it('a mirror behind a narrow gap shows that little light gets into it', async () => {
  const [width, height, fovDeg, gapM, slabM] = [160, 80, 30, 0.1, 0.05];
  const eye = [1.5, 0, 0.6] as const;
  const scene: SceneParts = {
    parts: [
      { ...mirror, geometry: new PlaneGeometry(8, 8) },
      {
        geometry: new BoxGeometry(4, 8, slabM),
        color: [0.8, 0.8, 0.8],
        at: [-2, 0, gapM + slabM / 2],
      },
    ],
    shots: [{ eye, target: [0, 0, 0] }],
    fovDeg,
  };
  await demo.call('apply', { size: { widthPx: width, heightPx: height } });
  await loadScene(demo, scene, '/white.hdr');
  await demo.call('seek', 0);
  await demo.call('step', 8);
  const { data } = await demo.pixelsLinear('ai');
  const focalPx = height / 2 / Math.tan((fovDeg * Math.PI) / 360);
  /** Light of the column that shows a place along the mirror. */
  const at = (xM: number): number => {
    const [ahead, across] = [new Vector3(...eye).negate().normalize(), new Vector3(0, 1, 0)];
    const way = new Vector3(xM, 0, 0).sub(new Vector3(...eye));
    const x = way.dot(ahead.clone().cross(across)) / way.dot(ahead);
    const column = Math.round(width / 2 + x * focalPx);
    let sum = 0;
    for (let y = height / 4; y < (height * 3) / 4; y++) sum += data[(y * width + column) * 4]!;
    return sum;
  };
  // Found: 0.35; 0.63 where rays take the probes' light as it is. A random walk between slab and mirrored slab: 0.17.
  const deep = at(-0.2) / at(1);
  expect(deep).toBeLessThan(0.45);
  expectNoProblems(demo);
});
