import type { BufferGeometry } from 'three/webgpu';

/** Places closer than this share of the mesh's size are one. */
const WELD = 1e-5;
/** Share of the edges that may have no other side: files have tiny cracks. */
const CRACKS = 0.01;

/**
 * Whether a mesh encloses what is inside it, so that each edge of a triangle is another's, too. Sheets do not, nor do boxes
 * without a bottom.
 */
export function isClosed(geometry: BufferGeometry): boolean {
  const { index } = geometry;
  const corners = weld(geometry);
  const count = index ? index.count : corners.length;
  const at = (i: number): number => corners[index ? index.getX(i) : i]!;
  // Edges of a closed mesh come in pairs that run the opposite ways; what is left over is a rim.
  const open = new Map<number, number>();
  let edges = 0;
  for (let triangle = 0; triangle + 2 < count; triangle += 3)
    for (let k = 0; k < 3; k++) {
      const [from, to] = [at(triangle + k), at(triangle + ((k + 1) % 3))];
      if (from === to) continue;
      edges++;
      const key = Math.min(from, to) * corners.length + Math.max(from, to);
      open.set(key, (open.get(key) ?? 0) + (from < to ? 1 : -1));
    }
  let rim = 0;
  for (const left of open.values()) rim += Math.abs(left);
  return edges > 0 && rim <= edges * CRACKS;
}

/** For each vertex the number of the first one at its place. */
function weld(geometry: BufferGeometry): Uint32Array {
  const positions = geometry.getAttribute('position');
  if (!geometry.boundingSphere) geometry.computeBoundingSphere();
  const step = Math.max((geometry.boundingSphere?.radius ?? 0) * WELD, 1e-30);
  const places = new Map<string, number>();
  return Uint32Array.from({ length: positions.count }, (_, i) => {
    const place = [positions.getX(i), positions.getY(i), positions.getZ(i)]
      .map((value) => Math.round(value / step))
      .join();
    const first = places.get(place) ?? i;
    places.set(place, first);
    return first;
  });
}
