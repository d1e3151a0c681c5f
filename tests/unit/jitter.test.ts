import { Matrix4, PerspectiveCamera, Vector3 } from 'three';
import { describe, expect, it } from 'vitest';
import { qualityScale } from '../../src/core/settings';
import {
  JitteredProjection,
  halton,
  jitterOffset,
  jitterPhases,
  project,
} from '../../src/pipeline/jitter';

const scales = Object.entries(qualityScale);

describe('halton', () => {
  it('is the radical inverse', () => {
    expect([1, 2, 3, 4, 5].map((i) => halton(i, 2))).toEqual([0.5, 0.25, 0.75, 0.125, 0.625]);
    [1 / 3, 2 / 3, 1 / 9].forEach((value, i) => expect(halton(i + 1, 3)).toBeCloseTo(value, 12));
    expect(halton(0, 2)).toBe(0);
  });
});

describe.each(scales)('jitter of mode %s', (_, scale) => {
  const phases = jitterPhases(scale);
  const offsets = Array.from({ length: phases }, (__, frame) => jitterOffset(frame, scale));

  it('has 8·s² phases and starts over after the last', () => {
    expect(phases).toBe(Math.round(8 * scale ** 2));
    expect(jitterOffset(phases, scale)).toEqual(offsets[0]);
    expect(jitterOffset(phases * 3 + 2, scale)).toEqual(offsets[2]);
  });

  it('stays inside the pixel and never repeats a place', () => {
    for (const offset of offsets) {
      for (const part of offset) {
        expect(part).toBeGreaterThanOrEqual(-0.5);
        expect(part).toBeLessThan(0.5);
      }
    }
    expect(new Set(offsets.map(String)).size).toBe(phases);
  });

  it('is spread evenly: each half of the pixel gets half of the places, and the mean is its centre', () => {
    for (const axis of [0, 1] as const) {
      const parts = offsets.map((offset) => offset[axis]);
      const low = parts.filter((part) => part < 0).length;
      expect(Math.abs(low - phases / 2)).toBeLessThanOrEqual(1 + phases * 0.05);
      const mean = parts.reduce((sum, part) => sum + part, 0) / phases;
      expect(mean).toBeCloseTo(0, 12);
    }
  });
});

describe('JitteredProjection', () => {
  const camera = new PerspectiveCamera(50, 1.5, 0.1, 50);
  const input = { width: 48, height: 32 };
  const output = { width: 96, height: 64 };
  const projection = new JitteredProjection();
  const place = (matrix: Matrix4, { width, height }: typeof input): [number, number] => {
    const { x, y } = new Vector3(0.3, -0.2, -4).applyMatrix4(matrix);
    return [((x + 1) / 2) * width, ((y + 1) / 2) * height];
  };

  it('moves every point by the offset in pixels of the G-buffer and of the guide', () => {
    const offset = [0.25, -0.375] as const;
    projection.update(camera, offset, input, output);
    for (const [matrix, size] of [
      [projection.gbuffer, input],
      [projection.guide, output],
    ] as const) {
      const still = place(projection.unjittered, size);
      place(matrix, size).forEach((value, axis) => {
        // The image shifts against the sample, so its sign is the other way round.
        expect(value - (still[axis] ?? NaN)).toBeCloseTo(-(offset[axis] ?? NaN), 9);
      });
    }
  });

  it('knows where in its pixel a sample is, and where it was', () => {
    projection.update(camera, [0.25, -0.375], input, output);
    projection.update(camera, [-0.5, 0.125], input, output);
    expect(projection.jitterPx.toArray()).toEqual([-0.5, -0.125]);
    expect(projection.jitterShiftPx.toArray()).toEqual([-0.75, -0.5]);
  });

  it('leaves the camera with the unjittered projection until it is projected', () => {
    projection.update(camera, [0.5, 0.5], input, output);
    expect(camera.projectionMatrix.toArray()).toEqual(projection.unjittered.toArray());
    project(camera, projection.gbuffer);
    expect(camera.projectionMatrix.toArray()).toEqual(projection.gbuffer.toArray());
    const product = new Matrix4().multiplyMatrices(
      camera.projectionMatrix,
      camera.projectionMatrixInverse,
    );
    new Matrix4().toArray().forEach((value, i) => {
      expect(product.elements[i]).toBeCloseTo(value, 9);
    });
  });

  it('does not add up over frames', () => {
    projection.update(camera, [0.5, 0.5], input, output);
    const first = projection.gbuffer.toArray();
    projection.update(camera, [0.5, 0.5], input, output);
    expect(projection.gbuffer.toArray()).toEqual(first);
  });
});
