import { DataUtils } from 'three';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OpenDemo } from '../../scripts/lib/demo';
import type { FrameBuffers } from '../../src/page-api';
import { expectNoProblems, open } from '../page/browser';
import {
  cases,
  directRadiance,
  intersect,
  normalAt,
  pixelRay,
  vec3,
  type Case,
  type Vec3,
} from './closed-form';

// models/tests/test_calibration.py holds the path tracer to the same golden file, so page and path tracer agree.

const LIMIT = 0.01;
/** Pixels darker than this share of the brightest are left out: rounding would rule their ratios. */
const LIT_SHARE = 0.1;

describe('closed form', () => {
  it.each(cases)('$scene agrees with Python', (surface) => {
    for (const { position, normal, radiance } of surface.points) {
      const point = vec3(position);
      normalAt(surface, point).forEach((v, i) => expect(v).toBeCloseTo(normal[i]!, 4));
      directRadiance(surface, point).forEach((v, i) => {
        expect(Math.abs(v / radiance[i]! - 1)).toBeLessThan(1e-4);
      });
    }
  });
});

describe('raw frame', () => {
  let demo: OpenDemo;

  beforeAll(async () => {
    demo = await open({ size: '160x96', quality: 'native', view: 'raw', backend: 'none' });
  });

  async function capture({ scene }: Case): Promise<FrameBuffers> {
    await demo.call('load', scene);
    await demo.call('seek', 0);
    return demo.call('buffers');
  }

  it.each(cases)('$scene shows the radiance of the closed form', async (surface) => {
    const buffers = await capture(surface);
    expectSameSetup(buffers, surface);
    const errors = compare(buffers, surface);
    expect(errors.light.length).toBeGreaterThan(1000);
    expect(meanOf(errors.light)).toBeLessThan(LIMIT);
    // On the sphere's flanks the highlight is as steep as the mesh's interpolated normals are coarse: 1.1 % found.
    const flank = surface.shape === 'sphere' ? 2 * LIMIT : LIMIT;
    expect(quantile(errors.light, 0.95)).toBeLessThan(flank);
    // Nothing stands in the light's way.
    expect(meanOf(errors.unshadowed)).toBeLessThan(LIMIT);
  });

  it('reports no problem', () => expectNoProblems(demo));
});

/** The page's light and camera are those that the golden file, and so the path tracer's test, is about. */
function expectSameSetup({ lights, camera }: FrameBuffers, { light, eye }: Case): void {
  expectClose(camera.matrixWorld.slice(12, 15), eye);
  expect(lights).toHaveLength(1);
  const shown = lights[0]!;
  expect(shown.type).toBe(light.type);
  expectClose(shown.color, light.color);
  if (light.type !== 'point') expectClose(shown.direction, light.direction);
  if (light.type !== 'directional') expectClose(shown.position, light.position);
  if (light.type !== 'spot') return;
  expectClose([shown.angleRad, shown.penumbra], [light.angleRad, light.penumbra]);
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
}

/** Relative errors of both kinds of direct light in the pixels that the light reaches. */
function compare(buffers: FrameBuffers, surface: Case): Record<'light' | 'unshadowed', number[]> {
  const expected = expectedPicture(buffers, surface);
  const brightest = Math.max(...expected.map((color) => color?.[0] ?? 0));
  const { light, unshadowed } = buffers.images;
  const errors = { light: [] as number[], unshadowed: [] as number[] };
  expected.forEach((color, i) => {
    if (!color || color[0] < LIT_SHARE * brightest) return;
    for (const [name, image] of [
      ['light', light!],
      ['unshadowed', unshadowed!],
    ] as const) {
      const channels = color.map((value, c) =>
        Math.abs(DataUtils.fromHalfFloat(image.data[i * 4 + c]!) / value - 1),
      );
      errors[name].push(Math.max(...channels));
    }
  });
  return errors;
}

/** Radiance of every pixel, null off the surface and at its silhouette, where normals turn within a pixel. */
function expectedPicture({ camera, inputSize }: FrameBuffers, surface: Case): (Vec3 | null)[] {
  const [width, height] = inputSize;
  return Array.from({ length: width * height }, (_, i) => {
    const ray = pixelRay(camera, inputSize, [i % width, Math.floor(i / width)]);
    const point = intersect(surface, ray);
    if (!point) return null;
    const normal = normalAt(surface, point);
    const facing = -ray.reduce((sum, value, c) => sum + value * normal[c]!, 0);
    return facing < 0.2 ? null : directRadiance(surface, point, surface.material.roughness);
  });
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN;
}
