import { type Box3, Vector3 } from 'three/webgpu';
import type { Triple } from '../kit';
import type { Random } from '../random';
import type { Layout } from './layout';
import type { PointPlan, SpotPlan, SunPlan } from './light-rig';
import { hsl } from './palette';

/** Which lights a scene has; few combinations, because each is a set of shader programs. */
export interface LightMode {
  sun: boolean;
  spots: 0 | 1 | 2;
  point: boolean;
}

const albedo = 0.5;

/** Draws the lights that fit a layout; about one scene in ten has glowing things only. */
export function chooseMode(random: Random, cover: Layout['cover']): LightMode {
  const lamps = (): LightMode =>
    random.pick([
      { sun: false, spots: 1, point: false },
      { sun: false, spots: 2, point: false },
      { sun: false, spots: 1, point: true },
      { sun: false, spots: 0, point: true },
    ] as const);
  if (random.chance(0.1)) return { sun: false, spots: 0, point: false };
  if (cover === 'closed' || random.chance(cover === 'openings' ? 0.25 : 0.18)) return lamps();
  return random.pick([
    { sun: true, spots: 0, point: false },
    { sun: true, spots: 0, point: false },
    { sun: true, spots: 0, point: false },
    { sun: true, spots: 0, point: true },
    { sun: true, spots: 1, point: false },
  ] as const);
}

/** A sun whose lit surfaces come out at radiance 0.5–2; rooms get more, because most of it stays outside. */
export function planSun(random: Random, cover: Layout['cover']): SunPlan {
  const elevationDeg = random.range(14, 72);
  const warmth = Math.max(0, 1 - elevationDeg / 40);
  const lit = random.range(0.7, 1.7) * (cover === 'openings' ? 1.8 : 1);
  // Half-way between facing the sun and lying flat.
  const slant = 0.5 + 0.5 * Math.sin((elevationDeg * Math.PI) / 180);
  return {
    color: hsl(0.1 - 0.03 * warmth, 0.35 + 0.55 * warmth, 0.92 - 0.2 * warmth),
    lux: (lit * Math.PI) / albedo / slant,
    elevationDeg,
    azimuthDeg: random.range(0, 360),
    angularDiameterDeg: random.chance(0.25) ? random.range(1.5, 6) : 0.53,
  };
}

const lampColour = (random: Random): string =>
  random.chance(0.82)
    ? hsl(random.range(0.06, 0.13), random.range(0.1, 0.9), random.range(0.76, 0.94))
    : hsl(random.next(), random.range(0.3, 0.9), random.range(0.6, 0.82));

/** A free place for a lamp, clear of everything by more than its own size. */
function lampPlace(
  random: Random,
  layout: Layout,
  boxes: readonly Box3[],
  clearM: number,
): Vector3 | null {
  const { floor, lampHeightM } = layout;
  const place = new Vector3();
  for (let attempt = 0; attempt < 40; attempt++) {
    place.set(
      random.range(floor.x0 + clearM, floor.x1 - clearM),
      lampHeightM - random.range(0, lampHeightM * 0.25),
      random.range(floor.z0 + clearM, floor.z1 - clearM),
    );
    if (boxes.every((box) => box.distanceToPoint(place) > clearM)) return place;
  }
  return null;
}

/** Candela for a radiance on a half-grey surface at a distance. */
const candela = (radiance: number, distanceM: number): number =>
  (radiance * Math.PI * distanceM ** 2) / albedo;

/** A spot that looks down at something; null where no place is free. */
export function planSpot(
  random: Random,
  layout: Layout,
  { boxes, sights, level }: { boxes: readonly Box3[]; sights: readonly Triple[]; level: number },
): SpotPlan | null {
  const radiusM = random.chance(0.5) ? random.range(0.05, 0.15) : random.range(0.15, 0.35);
  const place = lampPlace(random, layout, boxes, radiusM * 0.6 + 0.32);
  if (!place) return null;
  const sight = sights.length > 0 ? random.pick(sights) : ([0, 0, 0] as const);
  // Steep: the emitting disc must not reach into the ceiling, and long beams would fall on one wall only.
  const lean = Math.min(
    1,
    (place.y * 0.8) / Math.max(0.01, Math.hypot(sight[0] - place.x, sight[2] - place.z)),
  );
  const target: Triple = [
    place.x + (sight[0] - place.x) * lean,
    0.2,
    place.z + (sight[2] - place.z) * lean,
  ];
  const distanceM = place.distanceTo(new Vector3(...target));
  return {
    color: lampColour(random),
    intensityCd: candela(level * random.range(0.8, 1.6), distanceM),
    at: place.toArray(),
    target,
    coneDeg: random.range(60, 125),
    penumbra: random.range(0.2, 1),
    radiusM,
  };
}

/** A lamp that shines all round; null where no place is free. */
export function planPoint(
  random: Random,
  layout: Layout,
  { boxes, level }: { boxes: readonly Box3[]; level: number },
): PointPlan | null {
  const radiusM = random.range(0.03, 0.14);
  const place = lampPlace(random, layout, boxes, radiusM + 0.3);
  if (!place) return null;
  return {
    color: lampColour(random),
    intensityCd: candela(level * random.range(0.5, 1.1), Math.min(place.y, 2.6)),
    at: place.toArray(),
    radiusM,
  };
}
