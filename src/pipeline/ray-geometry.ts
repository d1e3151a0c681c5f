import { InstancedMesh, Matrix4, Mesh, SkinnedMesh, Vector3 } from 'three/webgpu';
import type { BufferGeometry, Scene } from 'three/webgpu';
import type { DemoScene } from '../scenes/scene';
import type { TriangleSoup } from './bvh';
import type { RayLooks } from './ray-looks';

/** Triangles that move together: those of a mesh that an animation moves, or of everything that stands still. */
export interface Body extends TriangleSoup {
  /** The mesh whose matrix places the body; null = already in world space. */
  readonly mesh: Mesh | null;
  /** Skinned or morphed: its corners move, too. */
  readonly deforms: boolean;
}

/** Times of the loop at which a pose is looked at, to find out what moves. */
const POSES = 13;
const MOVED = 1e-5;

/** Splits a scene into bodies, the standing one first; those that change shape have their pose of now. */
export function collectBodies(demo: DemoScene, looks: RayLooks): Body[] {
  const moving = findMoving(demo);
  const still = new SoupBuilder(looks);
  const bodies: Body[] = [];
  for (const mesh of meshesOf(demo.root)) {
    const deforms = changesShape(mesh);
    if (!deforms && !moving.has(mesh)) still.add(mesh, true);
    else bodies.push({ ...new SoupBuilder(looks).add(mesh, false).soup(), mesh, deforms });
  }
  return [{ ...still.soup(), mesh: null, deforms: false }, ...bodies];
}

const changesShape = (mesh: Mesh): boolean =>
  mesh instanceof SkinnedMesh || (mesh.morphTargetInfluences?.length ?? 0) > 0;

/** Writes where the corners of a body that changes shape are now. */
export function poseBody({ mesh, positions }: Body): void {
  if (!mesh) return;
  const { index } = mesh.geometry;
  const corners = positions.length / 3;
  for (let i = 0; i < corners; i++)
    mesh.getVertexPosition(index ? index.getX(i) : i, vertex).toArray(positions, i * 3);
}

/** Meshes that rays can hit. */
function meshesOf(root: Scene): Mesh[] {
  const meshes: Mesh[] = [];
  root.traverseVisible((object) => {
    if (object instanceof Mesh && object.userData.exportable !== false) meshes.push(object);
  });
  return meshes;
}

/** Meshes whose world matrix is not the same throughout the loop. The scene is left as it was. */
function findMoving(demo: DemoScene): Set<Mesh> {
  const meshes = meshesOf(demo.root);
  const before = meshes.map((mesh) => mesh.matrixWorld.clone());
  const moving = new Set<Mesh>();
  for (let pose = 1; pose < POSES; pose++) {
    demo.animate((demo.durationS * pose) / POSES);
    demo.root.updateMatrixWorld();
    meshes.forEach((mesh, i) => {
      if (differs(mesh.matrixWorld, before[i]!)) moving.add(mesh);
    });
  }
  return moving;
}

const differs = (a: Matrix4, b: Matrix4): boolean =>
  a.elements.some((value, i) => Math.abs(value - b.elements[i]!) > MOVED);

/** Collects triangles of meshes. */
class SoupBuilder {
  private readonly positions: number[] = [];
  private readonly rows: number[] = [];
  private readonly bulges: number[] = [];

  constructor(private readonly looks: RayLooks) {}

  /** Adds a mesh, in world space or its own. */
  add(mesh: Mesh, inWorld: boolean): this {
    const rows = this.looks.rowsOf(mesh);
    const scale = inWorld ? 1 : mesh.matrixWorld.getMaxScaleOnAxis();
    if (mesh instanceof InstancedMesh) {
      for (let i = 0; i < mesh.count; i++) {
        mesh.getMatrixAt(i, instance);
        this.addOnce(
          mesh,
          rows,
          inWorld ? instance.premultiply(mesh.matrixWorld) : instance,
          scale,
        );
      }
    } else {
      this.addOnce(
        mesh,
        rows,
        inWorld ? instance.copy(mesh.matrixWorld) : instance.identity(),
        scale,
      );
    }
    return this;
  }

  /** `scale`: of the positions to the world. */
  private addOnce(mesh: Mesh, rows: readonly number[], matrix: Matrix4, scale: number): void {
    const { index } = mesh.geometry;
    rows.forEach((row, triangle) => {
      corners.forEach((corner, k) => {
        const i = triangle * 3 + k;
        mesh.getVertexPosition(index ? index.getX(i) : i, corner).applyMatrix4(matrix);
        this.positions.push(corner.x, corner.y, corner.z);
      });
      this.rows.push(row);
      const sizeM = perimeter() * scale;
      this.bulges.push(sizeM * relativeBulge(mesh.geometry, triangle));
    });
  }

  soup(): TriangleSoup {
    const { list } = this.looks;
    const holes = this.rows.map((row) => Number(list[row]!.material.alphaTest > 0));
    return {
      positions: new Float32Array(this.positions),
      materials: new Float32Array(this.rows),
      holes: new Float32Array(holes),
      bulges: new Float32Array(this.bulges),
    };
  }
}

/**
 * How far the smooth surface that a triangle's normals describe stands out from its middle (Hanika 2021, "Hacking the shadow
 * terminator"), as a share of its perimeter: skins and matrices scale both.
 */
function relativeBulge(geometry: BufferGeometry, triangle: number): number {
  const { index } = geometry;
  const normals = geometry.getAttribute('normal');
  if (!normals) return 0;
  const positions = geometry.getAttribute('position');
  const at = (k: number): number => (index ? index.getX(triangle * 3 + k) : triangle * 3 + k);
  middle.set(0, 0, 0);
  corners.forEach((corner, k) =>
    middle.addScaledVector(corner.fromBufferAttribute(positions, at(k)), 1 / 3),
  );
  offset.set(0, 0, 0);
  corners.forEach((corner, k) => {
    normal.fromBufferAttribute(normals, at(k)).normalize();
    offset.addScaledVector(normal, Math.max(away.subVectors(corner, middle).dot(normal), 0) / 3);
  });
  return offset.length() / Math.max(perimeter(), 1e-30);
}

/** Of the triangle in `corners`. */
function perimeter(): number {
  const [a, b, c] = corners;
  return a.distanceTo(b) + b.distanceTo(c) + c.distanceTo(a);
}

/** Scratch. */
const corners = [new Vector3(), new Vector3(), new Vector3()] as const;
const middle = new Vector3();
const offset = new Vector3();
const away = new Vector3();
const normal = new Vector3();
const instance = new Matrix4();
const vertex = new Vector3();
