import { InstancedMesh, Matrix4, Mesh, SkinnedMesh, Vector3 } from 'three/webgpu';
import type { BufferGeometry, Scene } from 'three/webgpu';
import { isTransparent } from '../scenes/kit';
import type { DemoScene } from '../scenes/scene';
import type { TriangleSoup } from './bvh';
import type { RayLooks } from './ray-looks';

/** Triangles that move together: those of meshes that an animation moves as one, or of everything that stands still. */
export interface Body extends TriangleSoup {
  /** The mesh whose matrix places the body; null = already in world space. */
  readonly mesh: Mesh | null;
  /** Skinned or morphed: its corners move, too. */
  readonly deforms: boolean;
}

/** Times of the loop at which a pose is looked at, to find out what moves, and what with it. */
const POSES = 13;
const MOVED = 1e-5;
/** As {@link relativeBulge}; a sphere of 12×8 faces has 0.056. What has more is no coarse mesh of something round, but an edge shaded as if it were. */
const MOST_BULGE = 0.07;

/**
 * Splits a scene into bodies, the standing one first; those that change shape have their pose of now. Each body costs every
 * ray a look at its box, so that what moves as one makes one.
 */
export function collectBodies(demo: DemoScene, looks: RayLooks): Body[] {
  const still = new SoupBuilder(looks);
  const groups: { readonly mesh: Mesh; readonly poses: Poses; readonly soup: SoupBuilder }[] = [];
  const deforming: Body[] = [];
  for (const [mesh, poses] of posesOf(demo)) {
    const scale = mesh.matrixWorld.getMaxScaleOnAxis();
    const own = (): SoupBuilder => new SoupBuilder(looks).add(mesh, identity, scale);
    const [now] = poses as [Matrix4];
    if (changesShape(mesh)) {
      deforming.push(bodyOf(own(), mesh, true));
      continue;
    }
    if (poses.every((pose) => isSame(pose, now))) {
      still.add(mesh, now, 1);
      continue;
    }
    const group = groups.find((other) => isRigid(other.poses, poses));
    if (!group) groups.push({ mesh, poses, soup: own() });
    else
      group.soup.add(
        mesh,
        relative(group.poses, poses),
        group.mesh.matrixWorld.getMaxScaleOnAxis(),
      );
  }
  const moving = groups.map(({ mesh, soup }) => bodyOf(soup, mesh));
  return [bodyOf(still, null), ...moving, ...deforming];
}

const bodyOf = (builder: SoupBuilder, mesh: Mesh | null, deforms = false): Body => ({
  ...builder.soup(),
  mesh,
  deforms,
});

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
    if (!(object instanceof Mesh) || object.userData.exportable === false) return;
    if (!isTransparent(object)) meshes.push(object);
  });
  return meshes;
}

type Poses = readonly Matrix4[];

/** World matrices of the meshes throughout the loop, that of now first. */
function posesOf(demo: DemoScene): Map<Mesh, Matrix4[]> {
  const poses = new Map(meshesOf(demo.root).map((mesh) => [mesh, [mesh.matrixWorld.clone()]]));
  for (let pose = 1; pose < POSES; pose++) {
    demo.animate((demo.durationS * pose) / POSES);
    demo.root.updateMatrixWorld();
    poses.forEach((list, mesh) => list.push(mesh.matrixWorld.clone()));
  }
  poses.forEach(([now], mesh) => mesh.matrixWorld.copy(now!));
  return poses;
}

/** From the space of one mesh to that of a leading one, now. */
const relative = ([leading]: Poses, [own]: Poses): Matrix4 =>
  leading!.clone().invert().multiply(own!);

/** Whether a mesh stands still as seen from a leading one. */
function isRigid(leading: Poses, own: Poses): boolean {
  const fixed = relative(leading, own);
  return own.every((pose, i) => isSame(carried.multiplyMatrices(leading[i]!, fixed), pose));
}

const isSame = (a: Matrix4, b: Matrix4): boolean =>
  a.elements.every((value, i) => Math.abs(value - b.elements[i]!) <= MOVED);

/** Collects triangles of meshes. */
class SoupBuilder {
  private readonly positions: number[] = [];
  private readonly rows: number[] = [];
  private readonly holes: number[] = [];
  private readonly bulges: number[] = [];

  constructor(private readonly looks: RayLooks) {}

  /** Adds a mesh, placed by a matrix; `scale`: of the positions then to the world. */
  add(mesh: Mesh, matrix: Matrix4, scale: number): this {
    const looks = this.looks.looksOf(mesh);
    if (!(mesh instanceof InstancedMesh)) this.addOnce(mesh, looks, matrix, scale);
    else
      for (let i = 0; i < mesh.count; i++) {
        mesh.getMatrixAt(i, instance);
        this.addOnce(mesh, looks, instance.premultiply(matrix), scale);
      }
    return this;
  }

  private addOnce(
    mesh: Mesh,
    looks: ReturnType<RayLooks['looksOf']>,
    matrix: Matrix4,
    scale: number,
  ): void {
    const { index } = mesh.geometry;
    looks.forEach(({ row, holes }, triangle) => {
      corners.forEach((corner, k) => {
        const i = triangle * 3 + k;
        mesh.getVertexPosition(index ? index.getX(i) : i, corner).applyMatrix4(matrix);
        this.positions.push(corner.x, corner.y, corner.z);
      });
      this.rows.push(row);
      this.holes.push(holes);
      const sizeM = perimeter() * scale;
      this.bulges.push(sizeM * relativeBulge(mesh.geometry, triangle));
    });
  }

  soup(): TriangleSoup {
    return {
      positions: new Float32Array(this.positions),
      materials: new Float32Array(this.rows),
      holes: new Float32Array(this.holes),
      bulges: new Float32Array(this.bulges),
    };
  }
}

/**
 * How far the smooth surface that a triangle's normals describe stands out from its middle (Hanika 2021, "Hacking the shadow
 * terminator"), as a share of its perimeter: skins and matrices scale both. None where it would be so far that it is an edge.
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
  const relative = offset.length() / Math.max(perimeter(), 1e-30);
  return relative < MOST_BULGE ? relative : 0;
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
const carried = new Matrix4();
const identity = new Matrix4();
const vertex = new Vector3();
