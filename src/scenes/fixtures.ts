import {
  CapsuleGeometry,
  CylinderGeometry,
  Group,
  type MeshStandardMaterial,
  SphereGeometry,
} from 'three/webgpu';
import type { SceneKit, Triple } from './kit';
import { addPoint } from './lights';
import { lathe } from './shapes';

/** A lamp on a cord; turning the pivot swings it. The light sits below the bulb, so nothing blocks it. */
export function addPendant(
  kit: SceneKit,
  options: {
    ceiling: Triple;
    cordM: number;
    color: string;
    intensityCd: number;
    /** Emitted radiance of the bulb. */
    bulbRadiance: number;
    shade: MeshStandardMaterial;
    farM: number;
  },
): Group {
  const { ceiling, cordM, color, intensityCd, bulbRadiance, shade, farM } = options;
  const pivot = new Group();
  pivot.position.set(...ceiling);
  kit.root.add(pivot);
  const bulb = kit.material({ color: '#000000', emissive: color, emissiveIntensity: bulbRadiance });
  kit.mesh(new CylinderGeometry(0.008, 0.008, cordM, 8), shade, {
    at: [0, -cordM / 2, 0],
    parent: pivot,
  });
  const shadeProfile = [
    [0.17, 0],
    [0.172, 0.006],
    [0.15, 0.05],
    [0.09, 0.11],
    [0.035, 0.14],
    [0.03, 0.19],
    [0, 0.2],
  ] as const;
  kit.mesh(lathe(shadeProfile, 32), shade, { at: [0, -cordM, 0], parent: pivot });
  kit.mesh(new SphereGeometry(0.05, 24, 16), bulb, {
    at: [0, -cordM + 0.045, 0],
    parent: pivot,
    castShadow: false,
  });
  const light = addPoint(pivot, {
    color,
    intensityCd,
    at: [0, -cordM - 0.05, 0],
    radiusM: 0.06,
    farM,
  });
  light.shadow.camera.near = 0.06;
  return pivot;
}

/** A glowing tube with metal ends, upright at its own origin; the caller turns its parent. */
export function addTube(
  kit: SceneKit,
  options: {
    parent: Group;
    lengthM: number;
    radiusM: number;
    glow: MeshStandardMaterial;
    cap: MeshStandardMaterial;
  },
): void {
  const { parent, lengthM, radiusM, glow, cap } = options;
  kit.mesh(new CapsuleGeometry(radiusM, lengthM, 6, 16), glow, { parent, castShadow: false });
  for (const end of [-1, 1]) {
    kit.mesh(new CylinderGeometry(radiusM * 1.3, radiusM * 1.3, 0.06, 16), cap, {
      parent,
      at: [0, (end * lengthM) / 2, 0],
    });
  }
}
