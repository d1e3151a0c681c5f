import {
  BoxGeometry,
  type BufferGeometry,
  ExtrudeGeometry,
  LatheGeometry,
  Matrix4,
  PlaneGeometry,
  Shape,
  Vector2,
} from 'three/webgpu';
import { RoundedBoxGeometry } from 'three/addons/geometries/RoundedBoxGeometry.js';
import { mergeGeometries } from 'three/addons/utils/BufferGeometryUtils.js';
import type { Triple } from './kit';

/** Overwrites UVs with a projection along each normal's main axis: `metres` of surface a texture repeat. */
export function projectUv<T extends BufferGeometry>(geometry: T, metres: number): T {
  const { position, normal, uv } = geometry.attributes;
  if (!position || !normal || !uv) throw new TypeError('projectUv: position, normal and uv needed');
  for (let i = 0; i < position.count; i++) {
    const [nx, ny, nz] = [normal.getX(i), normal.getY(i), normal.getZ(i)].map(Math.abs) as [
      number,
      number,
      number,
    ];
    const [x, y, z] = [position.getX(i), position.getY(i), position.getZ(i)];
    if (ny >= nx && ny >= nz) uv.setXY(i, x / metres, z / metres);
    else if (nx >= nz) uv.setXY(i, z / metres, y / metres);
    else uv.setXY(i, x / metres, y / metres);
  }
  return geometry;
}

/** A box with world-scaled texture coordinates. */
export function box(size: Triple, uvMetres = 1): BufferGeometry {
  return projectUv(new BoxGeometry(...size), uvMetres);
}

/** A box with rounded edges; the radius is limited by the shortest side. */
export function roundedBox(size: Triple, radiusM = 0.02, uvMetres = 1): BufferGeometry {
  const radius = Math.min(radiusM, Math.min(...size) * 0.49);
  return projectUv(new RoundedBoxGeometry(...size, 2, radius), uvMetres);
}

/** Moves and turns a geometry in place, for merging. */
export function placed<T extends BufferGeometry>(geometry: T, at: Triple, turnY = 0): T {
  geometry.applyMatrix4(new Matrix4().makeRotationY(turnY).setPosition(...at));
  return geometry;
}

/** One geometry out of many that share a material; fewer draws. The parts are disposed. */
export function merged(parts: readonly BufferGeometry[]): BufferGeometry {
  const plain = parts.map((part) => (part.index ? part.toNonIndexed() : part));
  const result = mergeGeometries(plain, false);
  if (!result) throw new TypeError('merged: the parts have different attributes');
  for (const part of parts) part.dispose();
  return result;
}

/** Several axis-aligned boxes as one geometry: `[size, centre]` each. UVs follow the final position. */
export function boxes(parts: readonly (readonly [Triple, Triple])[], uvMetres = 1): BufferGeometry {
  return projectUv(
    merged(parts.map(([size, at]) => placed(new BoxGeometry(...size), at))),
    uvMetres,
  );
}

/** A turned profile: `[radius, height]` pairs from the bottom to the top. */
export function lathe(
  profile: readonly (readonly [number, number])[],
  segments = 24,
): BufferGeometry {
  return new LatheGeometry(
    profile.map(([radius, height]) => new Vector2(radius, height)),
    segments,
  );
}

/** A classical column with base, tapered shaft and capital; the foot stands at y = 0. */
export function column(heightM: number, radiusM: number, segments = 24): BufferGeometry {
  const r = radiusM;
  const h = heightM;
  const shaft = lathe(
    [
      [r * 1.3, 0.12],
      [r * 1.36, 0.16],
      [r * 1.3, 0.2],
      [r * 1.08, 0.24],
      [r, 0.3],
      [r * 0.98, h * 0.45],
      [r * 0.86, h - 0.4],
      [r * 0.94, h - 0.36],
      [r * 0.88, h - 0.32],
      [r * 1.05, h - 0.24],
      [r * 1.28, h - 0.14],
    ],
    segments,
  );
  const plinth = placed(new BoxGeometry(r * 2.9, 0.13, r * 2.9), [0, 0.065, 0]);
  const abacus = placed(new BoxGeometry(r * 2.8, 0.15, r * 2.8), [0, h - 0.075, 0]);
  return merged([shaft, plinth, abacus]);
}

/** A wall along x with round-arched openings, foot at y = 0, centred, extruded along z. */
export function archWall(options: {
  lengthM: number;
  heightM: number;
  thicknessM: number;
  openings: number;
  openingWidthM: number;
  /** Height where the round part starts. */
  springM: number;
  uvMetres?: number;
}): BufferGeometry {
  const { lengthM, heightM, thicknessM, openings, openingWidthM, springM, uvMetres = 1 } = options;
  const outline = new Shape();
  const bay = lengthM / openings;
  const r = openingWidthM / 2;
  outline.moveTo(-lengthM / 2, 0);
  for (let i = 0; i < openings; i++) {
    const x = -lengthM / 2 + bay * (i + 0.5);
    outline.lineTo(x - r, 0);
    outline.lineTo(x - r, springM);
    outline.absarc(x, springM, r, Math.PI, 0, true);
    outline.lineTo(x + r, 0);
  }
  outline.lineTo(lengthM / 2, 0);
  outline.lineTo(lengthM / 2, heightM);
  outline.lineTo(-lengthM / 2, heightM);
  const geometry = new ExtrudeGeometry(outline, {
    depth: thicknessM,
    bevelEnabled: false,
    curveSegments: 14,
  });
  geometry.translate(0, 0, -thicknessM / 2);
  return projectUv(geometry, uvMetres);
}

/** A hanging cloth, its upper edge at y = 0, with gentle folds that stand still. */
export function cloth(options: {
  widthM: number;
  heightM: number;
  folds: number;
  /** Depth of the folds at the upper and at the lower edge. */
  topFoldM: number;
  foldM: number;
}): BufferGeometry {
  const { widthM, heightM, folds, topFoldM, foldM } = options;
  const geometry = new PlaneGeometry(widthM, heightM, 20, 12);
  const { position } = geometry.attributes;
  if (!position) throw new TypeError('cloth: no position');
  for (let i = 0; i < position.count; i++) {
    const u = position.getX(i) / widthM + 0.5;
    const down = 0.5 - position.getY(i) / heightM;
    const depth = topFoldM + (foldM - topFoldM) * down;
    const fold = Math.sin(u * folds * 2 * Math.PI) * depth;
    position.setXYZ(i, position.getX(i), position.getY(i) - heightM / 2, fold);
  }
  geometry.computeVertexNormals();
  return geometry;
}

/** Steps that rise along −z: the first stands at z = 0, y = 0. */
export function stairs(options: {
  widthM: number;
  riseM: number;
  goingM: number;
  count: number;
  uvMetres?: number;
}): BufferGeometry {
  const { widthM, riseM, goingM, count, uvMetres = 1 } = options;
  const parts = Array.from({ length: count }, (_, i): [Triple, Triple] => [
    [widthM, riseM * (i + 1), goingM],
    [0, (riseM * (i + 1)) / 2, -goingM * (i + 0.5)],
  ]);
  return boxes(parts, uvMetres);
}
