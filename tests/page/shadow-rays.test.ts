import { BoxGeometry, LatheGeometry, Matrix4, PlaneGeometry, SphereGeometry, Vector2, Vector3, Vector4 } from 'three'; // prettier-ignore
import { beforeAll, describe, expect, it } from 'vitest';
import type { FrameBuffers } from '../../src/page-api';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, open } from './browser';
import { loadScene, type Lamp, type SceneParts } from './glb';
import { rangeOf, widenImage } from './pictures';
import { floorTurn } from './test-scenes';

/** Dark, so that little of the light is what surfaces throw on each other. */
const color = [0.2, 0.2, 0.2] as const;
const cardM = 1;
const down = [0, -1, 0] as const;
let demo: OpenDemo;

beforeAll(async () => {
  demo = await open({ size: '480x240', quality: 'performance', rays: '8' });
});

/** A card over the left half of a floor, seen from below its height, and what else there is. */
function halfCovered(lamps: readonly Lamp[], others: SceneParts['parts'] = []): SceneParts {
  return {
    parts: [
      ...others,
      { geometry: new PlaneGeometry(8, 8), color, turn: floorTurn },
      { geometry: new BoxGeometry(3, 0.02, 6), color, at: [-1.5, cardM + 0.01, 0] },
    ],
    lamps,
    shots: [{ eye: [0.3, 0.7, 1.6], target: [0, 0, 0] }],
  };
}

/** Every pixel that shows the floor, with its place there. */
function floorPlaces({ images, camera }: FrameBuffers): { pixel: number; place: Vector3 }[] {
  const [motion, normal] = ['motion', 'normal'].map((name) => widenImage(images[name]!));
  const { width, height } = motion!;
  const toWorld = new Matrix4().fromArray(camera.matrixWorld);
  const toView = new Matrix4().fromArray(camera.projectionMatrix).invert();
  const found: { pixel: number; place: Vector3 }[] = [];
  for (let i = 0; i < width * height; i++) {
    const depth = motion!.data[i * 4 + 2]!;
    if (depth === 0) continue;
    const [x, y] = [((i % width) + 0.5) / width, (Math.floor(i / width) + 0.5) / height];
    const ray = new Vector4(2 * x - 1, 1 - 2 * y, 0.5, 1).applyMatrix4(toView);
    const place = new Vector3(ray.x, ray.y, ray.z).multiplyScalar(-depth / ray.z);
    place.applyMatrix4(toWorld);
    const up = new Vector3().fromArray(normal!.data, i * 4).transformDirection(toWorld).y;
    if (up > 0.9 && Math.abs(place.y) < 0.02) found.push({ pixel: i, place });
  }
  return found;
}

/** Mean light of the floor in strips along the card's edge, `widthM` wide, by their number to the right of it. */
function strips(
  buffers: FrameBuffers,
  widthM: number,
  { image = 'lit', channel = 1 } = {},
): Map<number, number> {
  const { data } = widenImage(buffers.images[image]!);
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { pixel, place } of floorPlaces(buffers)) {
    if (Math.abs(place.z) > 0.5) continue;
    const strip = Math.floor(place.x / widthM);
    const entry = sums.get(strip) ?? { sum: 0, count: 0 };
    sums.set(strip, { sum: entry.sum + data[pixel * 4 + channel]!, count: entry.count + 1 });
  }
  return new Map([...sums].map(([strip, { sum, count }]) => [strip, sum / count]));
}

async function stripsUnder(lamps: readonly Lamp[], widthM: number) {
  await loadScene(demo, halfCovered(lamps));
  await demo.call('seek', 0);
  return strips(await demo.call('buffers'), widthM);
}

describe('a ball in the shadow', () => {
  it('has no bright line where it turns away from the lamp', async () => {
    const [lampM, intensity] = [3, 40];
    await loadScene(demo, {
      parts: [
        { geometry: new SphereGeometry(0.5, 48, 32), color: [0.8, 0.8, 0.8], roughness: 0.4 },
        // Black, so that it throws no light of its own on the ball.
        { geometry: new BoxGeometry(4, 0.05, 4), color: [0, 0, 0], at: [0, 1.2, -0.8] },
      ],
      lamps: [{ type: 'point', intensity, at: [0, lampM, -lampM], radiusM: 0.1 }],
      shots: [{ eye: [0, 0.4, 3], target: [0, 0, 0] }],
    });
    await demo.call('seek', 0);
    await demo.call('step', 2);
    const { most } = rangeOf(await demo.pixelsLinear('resolve'));
    // What the lamp would bring without the sheet.
    const open = (0.8 / Math.PI) * (intensity / (2 * lampM ** 2));
    // Found: 4e-7; 0.007 where pixels that no lamp shines at tell their neighbours that they are lit.
    expect(most / open).toBeLessThan(0.001);
  });
});

describe('the penumbra of a card', () => {
  it('is as wide as the sun looks, and as dark as the part of it that is hidden', async () => {
    const angularDiameterDeg = 16;
    const sun: Lamp = { type: 'directional', intensity: 3, direction: down, angularDiameterDeg };
    const widthM = 0.02;
    const found = await stripsUnder([sun], widthM);
    const halfM = cardM * Math.tan((angularDiameterDeg * Math.PI) / 360);
    const open = found.get(15)!;
    let strips = 0;
    for (const [strip, light] of found) {
      const x = (strip + 0.5) * widthM;
      if (Math.abs(x) > 0.25) continue;
      // The part of a disc on one side of a line.
      const s = Math.max(-1, Math.min(1, x / halfM));
      const share = 0.5 + (s * Math.sqrt(1 - s * s) + Math.asin(s)) / Math.PI;
      // A pixel shows 1 cm of the floor and takes its mean with two neighbours each way: found are 0.03.
      expect(Math.abs(light / open - share), `${x.toFixed(2)} m`).toBeLessThan(0.05);
      strips++;
    }
    expect(strips).toBeGreaterThan(20);
  });

  it('is there for lamps that have no shadow map, too', async () => {
    // The strongest four have one; these shine at the floor from below.
    const others = Array.from({ length: 4 }, (): Lamp => {
      return { type: 'directional', intensity: 3, direction: [0, 1, 0] };
    });
    const found = await stripsUnder(
      [...others, { type: 'directional', intensity: 1, direction: down }],
      0.1,
    );
    const shaded = found.get(-3)! / found.get(3)!;
    // Of the light that floor and card throw on each other a fifth of a fifth comes back.
    expect(shaded).toBeLessThan(0.05);
  });

  it('reports no error', () => expectNoProblems(demo));
});

describe('a large lamp close to a floor', () => {
  it('lights it by all of its disc', async () => {
    const [radiusM, at] = [0.4, [0, 0.5, 0]] as const;
    const lamp: Lamp = { type: 'point', intensity: 1, radiusM, at };
    await loadScene(demo, { ...halfCovered([lamp]), parts: halfCovered([]).parts.slice(0, 1) });
    await demo.call('seek', 0);
    const buffers = await demo.call('buffers');
    const { data } = widenImage(buffers.images.unshadowed!);
    const places = floorPlaces(buffers).filter(({ place }) => place.length() < 0.6);
    const ratios = places.map(({ pixel, place }) => {
      return data[pixel * 4]! / irradianceOfDisc(place, new Vector3(...at), radiusM);
    });
    expect(ratios.length).toBeGreaterThan(2000);
    const middle = ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)]!;
    const worst = Math.max(...ratios.map((ratio) => Math.abs(ratio / middle - 1)));
    // Seven places stand for the disc, 1 % off right below it; found are 1.6 %. From its middle alone it would be 14 %.
    expect(worst).toBeLessThan(0.04);
  });

  it('reports no error', () => expectNoProblems(demo));
});

/** Of a floor, from a disc that faces a place of it, 1 cd strong: a mean over many places of the disc. */
function irradianceOfDisc(place: Vector3, centre: Vector3, radiusM: number): number {
  const axis = place.clone().sub(centre).normalize();
  const sideways = new Vector3(0.3, 0.5, 0.8).cross(axis).normalize();
  const across = axis.clone().cross(sideways);
  const count = 256;
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const [r, angle] = [radiusM * Math.sqrt((k + 0.5) / count), k * 2.399963];
    const point = centre.clone().addScaledVector(sideways, r * Math.cos(angle));
    const way = point.addScaledVector(across, r * Math.sin(angle)).sub(place);
    sum += Math.max(way.y, 0) / way.length() ** 3;
  }
  return sum / count;
}

describe('the shadow that a card throws in the light of what glows', () => {
  it('has an edge of its own for each colour', async () => {
    const bar = new BoxGeometry(0.06, 0.06, 8);
    const bars = [
      { geometry: bar, color, glow: [40, 0, 0] as const, at: [1, 3 * cardM, 0] as const },
      { geometry: bar, color, glow: [0, 40, 0] as const, at: [-1, 3 * cardM, 0] as const },
    ];
    await loadScene(demo, halfCovered([], bars));
    await demo.call('seek', 0);
    const widthM = 0.1;
    const sums = [new Map<number, number>(), new Map<number, number>()];
    // As the picture is a mean over frames, each with other rays.
    for (let frame = 0; frame < 16; frame++) {
      const buffers = await demo.call('buffers');
      for (const [channel, sum] of sums.entries())
        for (const [strip, light] of strips(buffers, widthM, { image: 'bounce', channel }))
          sum.set(strip, (sum.get(strip) ?? 0) + light);
      await demo.call('step');
    }
    // The edges lie at ∓0.5 m and are 0.03 m wide; rays are shared by blocks of 8×8 pixels of 1 cm. Found: 0.01 and 0.91 of the
    // light in the open (0.22 and 0.73 when shadows were smoothed with the light).
    const [red, green] = sums as [Map<number, number>, Map<number, number>];
    const share = (of: Map<number, number>, strip: number, open: number) =>
      of.get(strip)! / of.get(open)!;
    expect(share(red, -7, 0)).toBeLessThan(0.05);
    expect(share(red, -4, 0)).toBeGreaterThan(0.85);
    expect(share(green, 3, 8)).toBeLessThan(0.1);
    expect(share(green, 6, 8)).toBeGreaterThan(0.85);
  });

  it('reports no error', () => expectNoProblems(demo));
});

describe('a ledge before a wall that the sun is behind', () => {
  it('gets no light past it', async () => {
    const sun = 100;
    await loadScene(demo, {
      parts: [
        { geometry: new PlaneGeometry(8, 8), color, turn: floorTurn },
        { geometry: new BoxGeometry(8, 3, 0.1), color, at: [0, 1.5, -0.05] },
        { geometry: new BoxGeometry(8, 0.1, 0.02), color, at: [0, 0.05, 0.01] },
      ],
      lamps: [{ type: 'directional', intensity: sun, direction: [0, -0.5, 1] }],
      shots: [{ eye: [0.3, 0.7, 1.2], target: [0, 0.1, 0] }],
    });
    await demo.call('seek', 0);
    const { images } = await demo.call('buffers');
    // Found: 1.3, light of the sunny floor behind the wall by way of probes; 16 past the wall with the shadow map alone.
    expect(rangeOf(widenImage(images.lit!)).most).toBeLessThan(0.03 * sun);
  });
});

describe('a sun behind a wall', () => {
  it('leaves nothing of its highlight on a glossy floor that a lamp lights', async () => {
    const sun: Lamp = { type: 'directional', intensity: 3, direction: [0, -0.6, 1] };
    const lamp: Lamp = { type: 'point', intensity: 20, at: [0.5, 2, 0.5] };
    const green = [0.1, 0.4, 0.1] as const;
    // All of the floor lies in the shadow of the wall, behind which the sun would throw light back.
    const floor = { geometry: new PlaneGeometry(8, 5.9), color: green, roughness: 0.2, turn: floorTurn }; // prettier-ignore
    const wall = { geometry: new BoxGeometry(20, 12, 0.1), color, at: [0, 6, -3] as const };
    const shots: SceneParts['shots'] = [{ eye: [0, 1, 3], target: [0, 0.2, 0] }];
    const lit = async (lamps: readonly Lamp[]) => {
      await loadScene(demo, { parts: [floor, wall], lamps, shots }, 'none');
      await demo.call('seek', 0);
      const buffers = await demo.call('buffers');
      const { data } = widenImage(buffers.images.lit!);
      return floorPlaces(buffers).map(({ pixel }) => data[pixel * 4 + 1]!);
    };
    const [behind, none] = [await lit([sun, lamp]), await lit([lamp])];
    const errors = none
      .map((light, i) => Math.abs(behind[i]! / light - 1))
      .toSorted((a, b) => a - b);
    const worst = errors[Math.floor(errors.length * 0.99)]!;
    expect(errors.length).toBeGreaterThan(10_000);
    // Found: 0.07, in few pixels at the hidden highlight; 0.77 where rays weigh lamps by a lobe that is not the raster's.
    expect(worst).toBeLessThan(0.1);
  });
});

describe('a coarse mesh of a smooth thing', () => {
  // Three sizes of the file's units for one size in the world, in which rays walk.
  it.each([0.1, 1, 10])(
    'throws no shadow on its own lit side, scaled by %f, as it moves',
    async (scale) => {
      const direction = [1, -0.4, -0.3] as const;
      const at = [[0, 0, 0], [0.02, 0, 0]] as const; // prettier-ignore
      const track = { timesS: [0, 1], at };
      await loadScene(demo, {
        parts: [{ geometry: new SphereGeometry(0.8 / scale, 12, 8), color, scale, track }],
        lamps: [{ type: 'directional', intensity: 3, direction }],
        shots: [{ eye: [0, 0, 3], target: [0, 0, 0] }],
      });
      await demo.call('seek', 30);
      const { images, camera } = await demo.call('buffers');
      const [lit, normal] = ['lit', 'normal'].map((name) => widenImage(images[name]!));
      const toWorld = new Matrix4().fromArray(camera.matrixWorld);
      const towards = new Vector3(...direction).normalize().negate();
      const shares: number[] = [];
      for (let i = 0; i < lit!.data.length; i += 4) {
        const n = new Vector3().fromArray(normal!.data, i);
        if (n.lengthSq() < 0.5) continue;
        const cosine = n.transformDirection(toWorld).dot(towards);
        if (cosine > 0.05) shares.push(lit!.data[i]! / cosine);
      }
      expect(shares.length).toBeGreaterThan(2000);
      // Of each cosine the same light: a tenth for what little gloss there is, the rest for the rounding of normals.
      const most = shares.toSorted((a, b) => a - b)[Math.floor(shares.length / 2)]!;
      const dark = shares.filter((share) => share < 0.7 * most).length;
      expect(dark / shares.length).toBeLessThan(0.005);
    },
  );
});

describe('an edge that is shaded as if it were round', () => {
  it('throws its shadow', async () => {
    // A turned funnel whose rim has the normals of both sides: the sun stands over it, behind every face that is seen.
    const profile = [new Vector2(0.05, -0.5), new Vector2(0.6, 0.4), new Vector2(0, 0.4)];
    await loadScene(demo, {
      parts: [{ geometry: new LatheGeometry(profile, 24), color }],
      lamps: [{ type: 'directional', intensity: 3, direction: [1, -2.2, -0.3] }],
      shots: [{ eye: [0, 0, 3], target: [0, 0, 0] }],
    });
    await demo.call('seek', 0);
    const { images } = await demo.call('buffers');
    const [lit, unshadowed, normal] = ['lit', 'unshadowed', 'normal'].map((name) => widenImage(images[name]!)); // prettier-ignore
    const pixels = Array.from({ length: lit!.data.length / 4 }, (_, i) => 4 * i);
    // By its normals alone the sun shines at a good part of it.
    const shone = pixels.filter((i) => normal!.data[i + 2]! ** 2 > 0.01 && unshadowed!.data[i]! > 0.01); // prettier-ignore
    expect(shone.length).toBeGreaterThan(200);
    const bright = shone.filter((i) => lit!.data[i]! > 0.1).length;
    // Found: 0.04, and 0.32 where what is within three bulges throws no shadow, however far they stand out.
    expect(bright / shone.length).toBeLessThan(0.1);
  });

  it('reports no error', () => expectNoProblems(demo));
});
