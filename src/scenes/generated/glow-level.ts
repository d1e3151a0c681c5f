import {
  type BufferGeometry,
  Color,
  type Material,
  type Mesh,
  type MeshStandardMaterial,
  Vector3,
} from 'three/webgpu';
import { type SceneKit, isMesh } from '../kit';
import type { Layout } from './layout';

const albedo = 0.5;

/** Area of a mesh with uniform scale 1. */
function areaOf(geometry: BufferGeometry): number {
  const { position } = geometry.attributes;
  const { index } = geometry;
  if (!position) return 0;
  const [a, b, c] = [new Vector3(), new Vector3(), new Vector3()];
  const count = index ? index.count : position.count;
  let areaM2 = 0;
  for (let i = 0; i < count; i += 3) {
    a.fromBufferAttribute(position, index ? index.getX(i) : i);
    b.fromBufferAttribute(position, index ? index.getX(i + 1) : i + 1);
    c.fromBufferAttribute(position, index ? index.getX(i + 2) : i + 2);
    areaM2 += b.sub(a).cross(c.sub(a)).length() / 2;
  }
  return areaM2;
}

/** Surface area of the meshes that glow. */
export function glowAreas(kit: SceneKit): Map<Mesh, number> {
  const areas = new Map<Mesh, number>();
  kit.root.traverse((object) => {
    if (!isMesh(object) || Array.isArray(object.material)) return;
    if (emissionOf(object.material) > 0) areas.set(object, areaOf(object.geometry));
  });
  return areas;
}

const emissionOf = (material: Material): number =>
  'emissive' in material && material.emissive instanceof Color
    ? material.emissive.r + material.emissive.g + material.emissive.b
    : 0;

/**
 * Sets the radiance of glowing materials so that together they bring surfaces to about `level`:
 * by the integrating-sphere formula indoors, by distance in the open.
 */
export function setGlowLevel(
  areas: ReadonlyMap<Mesh, number>,
  layout: Layout,
  { glowing, level }: { glowing: readonly MeshStandardMaterial[]; level: number },
): void {
  const size = layout.bounds.getSize(new Vector3());
  const wallsM2 = 2 * (size.x * size.y + size.y * size.z + size.z * size.x);
  const reachM2 =
    layout.cover === 'open-air' ? 4 * Math.PI * 2.2 ** 2 : (wallsM2 * (1 - albedo)) / albedo;
  for (const material of glowing) {
    const { r, g, b } = material.emissive;
    let areaM2 = 0;
    for (const [mesh, area] of areas) if (mesh.material === material) areaM2 += area;
    if (areaM2 === 0) continue;
    const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    const radiance = (level * reachM2) / (areaM2 * glowing.length) / Math.max(0.3, luminance);
    material.emissiveIntensity = Math.min(28, Math.max(1.2, radiance));
  }
}
