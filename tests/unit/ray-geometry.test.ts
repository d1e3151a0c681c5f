import { BoxGeometry, Group, Mesh, MeshStandardMaterial, Scene, Vector3 } from 'three/webgpu';
import { describe, expect, it } from 'vitest';
import { collectBodies } from '../../src/pipeline/ray-geometry';
import { RayLooks } from '../../src/pipeline/ray-looks';
import type { DemoScene } from '../../src/scenes/scene';

/** A floor; a turntable with a scaled vase, which turn as one; a cart that drives beside them with its own wheel. */
function fair() {
  const root = new Scene();
  const box = (parent: Scene | Group, x: number): Mesh => {
    const mesh = new Mesh(new BoxGeometry(), new MeshStandardMaterial());
    mesh.position.x = x;
    parent.add(mesh);
    return mesh;
  };
  const [turntable, cart] = [new Group(), new Group()];
  root.add(turntable, cart);
  turntable.position.z = 3;
  const floor = box(root, 0);
  const plate = box(turntable, 0.5);
  const vase = box(turntable, 2);
  vase.scale.setScalar(0.5);
  const hull = box(cart, 0);
  const wheel = box(cart, 1);
  const animate = (timeS: number): void => {
    turntable.rotation.y = 2 * timeS;
    cart.position.z = timeS;
    wheel.rotation.x = 5 * timeS;
  };
  animate(0);
  root.updateMatrixWorld();
  const scene = { root, durationS: 3, animate } as unknown as DemoScene;
  return { scene, floor, plate, vase, hull, wheel };
}

describe('bodies of rays', () => {
  it('are one for all that stands still, and one for each group of meshes that moves as one', () => {
    const { scene, plate, hull, wheel } = fair();
    const bodies = collectBodies(scene, new RayLooks());
    expect(bodies.map(({ mesh }) => mesh)).toEqual([null, plate, hull, wheel]);
    // 12 triangles a box, 9 numbers each.
    expect(bodies.map(({ positions }) => positions.length / 108)).toEqual([1, 2, 1, 1]);
  });

  it('are where their meshes are, whenever that is', () => {
    const { scene, plate, vase } = fair();
    const [, turning] = collectBodies(scene, new RayLooks());
    scene.animate(1.3);
    scene.root.updateMatrixWorld();
    const centreOf = (from: number): Vector3 => {
      const sum = new Vector3();
      for (let i = from; i < from + 36; i++)
        sum.add(new Vector3().fromArray(turning!.positions, 3 * i));
      return sum.divideScalar(36).applyMatrix4(turning!.mesh!.matrixWorld);
    };
    [plate, vase].forEach((mesh, i) => {
      const wanted = new Vector3().setFromMatrixPosition(mesh.matrixWorld);
      // Corners are kept in single precision.
      expect(centreOf(36 * i).distanceTo(wanted)).toBeLessThan(1e-5);
    });
  });
});
