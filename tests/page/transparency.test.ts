import { BoxGeometry, PlaneGeometry, PerspectiveCamera, Vector3 } from 'three';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ViewId } from '../../src/core/settings';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, open } from './browser';
import { loadScene, uniformSky, type Part, type SceneParts } from './glb';
import { floorTurn } from './test-scenes';

const eye = new Vector3(0, 1, 4);
const target = new Vector3(0, 1, 0);
const fovDeg = 50;
/** Nothing but its own light: what is seen of it is known. */
const wall: Part = {
  geometry: new PlaneGeometry(8, 6),
  color: [0, 0, 0],
  glow: [0.6, 0.4, 0.2],
  at: [0, 1, 0],
};
/** Before the left half of the wall. */
const pane = (material: Partial<Part>): Part => ({
  geometry: new PlaneGeometry(1, 1),
  color: [0, 0, 0],
  at: [-0.6, 1, 1],
  ...material,
});
const shown = (...parts: Part[]): SceneParts => ({
  parts,
  shots: [{ eye: eye.toArray(), target: target.toArray() }],
  fovDeg,
});
/** Places on the pane, and beside it. */
const [ON, BESIDE] = [new Vector3(-0.6, 1, 1), new Vector3(0.6, 1, 1)];

/** Radiance of views at some places of the scene that is there. */
async function look(demo: OpenDemo, view: ViewId, places: readonly Vector3[]): Promise<number[][]> {
  const { data, width, height } = await demo.pixelsLinear(view);
  const camera = new PerspectiveCamera(fovDeg, width / height);
  camera.position.copy(eye);
  camera.lookAt(target);
  camera.updateMatrixWorld();
  return places.map((place) => {
    const ndc = place.clone().project(camera);
    const column = Math.floor((ndc.x / 2 + 0.5) * width);
    const row = Math.floor((0.5 - ndc.y / 2) * height);
    const at = (row * width + column) * 4;
    return [...data.slice(at, at + 3)];
  });
}

/** Pictures are kept in 10 bits a channel with a shared range: steps of 1 % where it is dark. */
function expectRadiance(view: ViewId, found: number[], expected: readonly number[]): void {
  found.forEach((value, c) => {
    expect(Math.abs(value - expected[c]!), view).toBeLessThan(0.02 * Math.max(...expected) + 1e-3);
  });
}

describe.each([
  { graphics: 'webgpu', views: ['raw', 'taau', 'resolve', 'ai'] },
  { graphics: 'no-webgpu', views: ['raw', 'ai'] },
] as const)('with graphics $graphics', ({ graphics, views }) => {
  let demo: OpenDemo;

  beforeAll(async () => {
    demo = await open({ size: '96x64', scene: 'cornell' }, { graphics });
    await demo.page.route('**/white.hdr', (route) => route.fulfill({ body: uniformSky(1) }));
  });
  afterAll(() => expectNoProblems(demo));

  /** Radiance of each view at places of a scene. */
  async function seen(
    scene: SceneParts,
    places: readonly Vector3[],
    environment?: string,
  ): Promise<[view: ViewId, radiance: number[][]][]> {
    await loadScene(demo, scene, environment);
    await demo.call('seek', 0);
    for (const view of views) await demo.pixelsLinear(view);
    await demo.call('step', 2);
    const found: [ViewId, number[][]][] = [];
    for (const view of views) found.push([view, await look(demo, view, places)]);
    return found;
  }

  it('shows what is behind a pane, as much as it does not cover', async () => {
    const scene = shown(wall, pane({ opacity: 0.25 }));
    for (const [view, [on, beside]] of await seen(scene, [ON, BESIDE])) {
      expectRadiance(view, beside!, wall.glow!);
      expectRadiance(
        view,
        on!,
        wall.glow!.map((value) => 0.75 * value),
      );
    }
  });

  it('adds the light of a pane, as much as it covers', async () => {
    const scene = shown(wall, pane({ opacity: 0.5, glow: [0, 0, 1] }));
    for (const [view, [on]] of await seen(scene, [ON])) expectRadiance(view, on!, [0.3, 0.2, 0.6]);
  });

  it('blends several panes from the back to the front', async () => {
    const near = pane({ opacity: 0.5, glow: [0, 0, 1], at: [-0.45, 1, 1.5] });
    const scene = shown(near, wall, pane({ opacity: 0.5, glow: [0, 1, 0] }));
    for (const [view, [on]] of await seen(scene, [ON]))
      expectRadiance(view, on!, [0.15, 0.1 + 0.25, 0.05 + 0.5]);
  });

  it('hides a pane behind a wall', async () => {
    const scene = shown(wall, pane({ opacity: 0.5, at: [-0.6, 1, -1] }));
    for (const [view, [on]] of await seen(scene, [ON])) expectRadiance(view, on!, wall.glow!);
  });

  it('shows the sky behind a pane', async () => {
    const speck: Part = { ...wall, geometry: new PlaneGeometry(0.1, 0.1), at: [0, 1, -30] };
    const scene = shown(speck, pane({ opacity: 0.5 }));
    for (const [view, [on, beside]] of await seen(scene, [ON, BESIDE], '/white.hdr')) {
      expectRadiance(view, beside!, [1, 1, 1]);
      // Black, it still mirrors as much of the sky as a matte dielectric does.
      expect(on![0], view).toBeGreaterThan(0.5);
      expect(on![0], view).toBeLessThan(0.54);
    }
  });

  it('sees through glass', async () => {
    const glass = pane({ color: [1, 1, 1], roughness: 0, transmission: 1 });
    for (const [view, [on]] of await seen(shown(wall, glass), [ON]))
      // 0.92 and what it mirrors: the raw view gives it the flat ambient light of the wall.
      on!.forEach((value, c) => {
        expect(value, view).toBeGreaterThan(0.9 * wall.glow![c]!);
        expect(value, view).toBeLessThan(wall.glow![c]!);
      });
  });
});

describe('what the light does', () => {
  let demo: OpenDemo;
  beforeAll(async () => {
    demo = await open({ size: '96x64', scene: 'cornell', backend: 'none' });
  });
  afterAll(() => expectNoProblems(demo));

  /** A floor with a sheet above it, out of sight, and the sun. */
  const sunny = (sheet: Partial<Part>): SceneParts => ({
    ...shown(
      { geometry: new PlaneGeometry(12, 12), color: [0.5, 0.5, 0.5], turn: floorTurn },
      { geometry: new BoxGeometry(4, 0.1, 4), at: [0, 4, 0], ...sheet },
    ),
    lamps: [{ type: 'directional', intensity: 3, direction: [0, -1, 0] }],
  });
  const floor = async (sheet: Partial<Part>, view: ViewId): Promise<number> => {
    await loadScene(demo, sunny(sheet));
    await demo.call('seek', 0);
    await demo.call('step', 2);
    const [[red]] = (await look(demo, view, [new Vector3(0, 0.01, 0)])) as [number[]];
    return red!;
  };
  /** White, with one alpha on the left half and another on the right. */
  const halves = (left: number, right: number): Part['texture'] => ({
    width: 2,
    height: 1,
    data: Uint8Array.from([255, 255, 255, left, 255, 255, 255, right]),
  });

  it.each(['raw', 'resolve'] as const)(
    'in view %s passes what is transparent, not what only says so',
    async (view) => {
      const open = await floor({ opacity: 0 }, view);
      expect(Math.abs((await floor({ opacity: 0.5 }, view)) / open - 1)).toBeLessThan(0.02);
      expect(await floor({ opacity: 1 }, view)).toBeLessThan(open / 2);
      expect(await floor({ opacity: 1, texture: halves(255, 255) }, view)).toBeLessThan(open / 2);
    },
  );

  it.each([
    // Alphas of the left and the right half; whether it has holes, is seen through.
    [255, 0, 'holes'],
    [128, 255, 'shades'],
  ] as const)('takes alphas %i and %i for %s', async (left, right, kind) => {
    const sheet = pane({ opacity: 1, texture: halves(left, right), at: [0, 1, 1] });
    await loadScene(demo, shown(wall, sheet));
    await demo.call('seek', 0);
    const places = [new Vector3(-0.2, 1, 1), new Vector3(0.2, 1, 1)];
    const [a, b] = await look(demo, 'debug:guide-albedo', places);
    // What is blended is no part of the guide, what has holes is.
    expect(a![0]! > 0.5).toBe(kind === 'holes');
    expect(b![0]).toBeLessThan(0.1);
    const [through] = await look(demo, 'resolve', [places[kind === 'holes' ? 1 : 0]!]);
    expect(through![0]).toBeGreaterThan(kind === 'holes' ? 0.58 : 0.29);
  });

  it('opens what holds nothing else', async () => {
    await loadScene(demo, shown(pane({ opacity: 0.5, glow: [1, 1, 1] })));
    await demo.call('seek', 0);
    expectRadiance('resolve', (await look(demo, 'resolve', [ON]))[0]!, [0.5, 0.5, 0.5]);
  });
});
