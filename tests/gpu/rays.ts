import { DoubleSide, Mesh, Raycaster, Vector3 } from 'three/webgpu';
import type { Material } from 'three/webgpu';
import { float, vec3 } from 'three/tsl';
import { RayScene } from '../../src/pipeline/ray-scene';
import { Rays } from '../../src/pipeline/rays';
import { createRandom } from '../../src/scenes/random';
import { createScene } from '../../src/scenes/registry';
import { evaluate } from './nodes';
import type { Texel } from './nodes';

/** Of one ray: distance and unit normal as the shader finds them and as three's Raycaster does; Infinity = nothing. */
export interface RayPair {
  readonly found: { readonly distance: number; readonly normal: readonly number[] };
  readonly wanted: { readonly distance: number; readonly normal: readonly number[] };
  /** Whether the shader sees half and twice the way to the hit as open. */
  readonly open: readonly [half: number, twice: number];
}

/** Shoots `count` rays through a scene at a time of its loop, after its tables were built at time 0. */
export async function shootRays(name: string, timeS: number, count: number): Promise<RayPair[]> {
  const demo = createScene(name);
  demo.animate(0);
  demo.root.updateMatrixWorld();
  const scene = new RayScene();
  scene.setScene(demo);
  demo.animate(timeS);
  demo.root.updateMatrixWorld();
  scene.update();
  const random = createRandom(9);
  const { min, max } = demo.probeBounds;
  const origins = Array.from({ length: count }, (): Texel => {
    const at = (axis: 'x' | 'y' | 'z'): number => random.range(min[axis], max[axis]);
    return [at('x'), at('y'), at('z'), 0];
  });
  const directions = origins.map((): Texel => {
    const [x, y, z] = [random.range(-1, 1), random.range(-1, 1), random.range(-1, 1)];
    return [x, y, z, 0];
  });
  const rays = new Rays(scene);
  const columns = [origins, directions] as const;
  const distances = await evaluate(columns, (origin, direction) => {
    const { distance } = rays.closest(origin!.xyz, direction!.xyz);
    const half = rays.visible(origin!.xyz, direction!.xyz, distance.mul(0.5));
    const twice = rays.visible(origin!.xyz, direction!.xyz, distance.mul(2));
    return vec3(distance, half, twice);
  });
  const normals = await evaluate(columns, (origin, direction) => {
    const { normal } = rays.closest(origin!.xyz, direction!.xyz);
    return normal.mul(float(1));
  });
  return distances.map(([distance = NaN, half = NaN, twice = NaN], i) => ({
    found: { distance, normal: normals[i]! },
    wanted: cast(demo.root, origins[i]!, directions[i]!),
    open: [half, twice],
  }));
}

/** The nearest surface from either side, by three. */
function cast(root: Mesh['parent'] & object, origin: Texel, direction: Texel): RayPair['wanted'] {
  const from = new Vector3(origin[0], origin[1], origin[2]);
  const along = new Vector3(direction[0], direction[1], direction[2]);
  const length = along.length();
  root.traverse((object) => {
    if (object instanceof Mesh) (object.material as Material).side = DoubleSide;
  });
  const [hit] = new Raycaster(from, along.clone().normalize(), 0, 1e5).intersectObject(root, true);
  if (!hit?.face) return { distance: Infinity, normal: [0, 0, 0] };
  const normal = hit.face.normal.clone().transformDirection(hit.object.matrixWorld);
  if (normal.dot(along) > 0) normal.negate();
  return { distance: hit.distance / length, normal: normal.toArray() };
}
