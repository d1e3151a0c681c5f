import {
  type Camera,
  Color,
  type Intersection,
  type Mesh,
  type MeshStandardMaterial,
  Raycaster,
  type Scene,
  type Texture,
  Vector2,
  Vector3,
} from 'three/webgpu';
import { isMesh } from '../kit';
import { sunDirection } from '../lights';
import type { Random } from '../random';
import type { LightPlan, PointPlan } from './light-rig';

/** What a measurement looks at. */
export interface MeasureInput {
  root: Scene;
  camera: Camera;
  lights: LightPlan;
  /** Mean radiance of the sky, 0 where there is none. */
  skyRadiance: number;
}

const luminance = ({ r, g, b }: { r: number; g: number; b: number }): number =>
  0.2126 * r + 0.7152 * g + 0.0722 * b;

const averages = new WeakMap<Texture, number>();
const scratch = new Color();

/** Mean linear luminance of an 8-bit sRGB colour texture, from a sparse sample. */
function averageOf(texture: Texture): number {
  const known = averages.get(texture);
  if (known !== undefined) return known;
  const { data } = texture.image as { data: Uint8Array };
  let sum = 0;
  let count = 0;
  for (let i = 0; i + 2 < data.length; i += 4 * 101) {
    scratch.setRGB((data[i] ?? 0) / 255, (data[i + 1] ?? 0) / 255, (data[i + 2] ?? 0) / 255);
    sum += luminance(scratch.convertSRGBToLinear());
    count++;
  }
  const average = count > 0 ? sum / count : 0.5;
  averages.set(texture, average);
  return average;
}

const albedoOf = ({ color, map }: MeshStandardMaterial): number =>
  luminance(color) * (map ? averageOf(map) : 1);
const emittedBy = ({ emissive, emissiveIntensity }: MeshStandardMaterial): number =>
  luminance(emissive) * emissiveIntensity;

interface Surface {
  mesh: Mesh<Mesh['geometry'], MeshStandardMaterial>;
  emitted: number;
  albedo: number;
}

interface Lamp {
  at: Vector3;
  /** Candela towards a place. */
  towards(direction: Vector3): number;
  ignore: Mesh | null;
}

const isStandard = (mesh: Mesh): mesh is Surface['mesh'] =>
  !Array.isArray(mesh.material) && 'isMeshStandardMaterial' in mesh.material;

function pointLamp({ at, color, intensityCd }: PointPlan): Lamp {
  const candela = luminance(scratch.set(color)) * intensityCd;
  return { at: new Vector3(...at), towards: () => candela, ignore: null };
}

/** A coarse estimate of the light in a picture: rays through the picture, two bounces, lamps as points. */
export class LightMeter {
  private readonly surfaces = new Map<Mesh, Surface>();
  private readonly lamps: Lamp[] = [];
  private readonly raycaster = new Raycaster();

  constructor(
    private readonly input: MeasureInput,
    private readonly random: Random,
  ) {
    input.root.updateMatrixWorld(true);
    input.root.traverse((mesh) => {
      if (!isMesh(mesh) || !isStandard(mesh)) return;
      const emitted = emittedBy(mesh.material);
      this.surfaces.set(mesh, { mesh, emitted, albedo: albedoOf(mesh.material) });
      mesh.geometry.computeBoundingBox();
      mesh.geometry.computeBoundingSphere();
    });
    const { spots, point } = input.lights;
    for (const spot of spots) {
      const axis = new Vector3(...spot.target).sub(new Vector3(...spot.at)).normalize();
      const cosOuter = Math.cos((spot.coneDeg * Math.PI) / 360);
      const lamp = pointLamp(spot);
      this.lamps.push({
        ...lamp,
        towards: (d) => (d.dot(axis) > cosOuter ? 0.6 * lamp.towards(d) : 0),
      });
    }
    if (point) this.lamps.push(pointLamp(point));
  }

  /** Counts the glowing meshes as lamps; `areas` holds their surface in square metres. */
  addGlow(areas: ReadonlyMap<Mesh, number>): void {
    for (const [mesh, areaM2] of areas) {
      const surface = this.surfaces.get(mesh);
      if (!surface || surface.emitted <= 0) continue;
      // The mean projected area of a convex body is a quarter of its surface.
      const candela = (surface.emitted * areaM2) / 4;
      this.lamps.push({
        at: mesh.getWorldPosition(new Vector3()),
        towards: () => candela,
        ignore: mesh,
      });
    }
  }

  /** Radiances of lit surfaces in the picture, sorted; sky and glowing pixels left out. */
  picture(columns: number, rows: number): number[] {
    const values: number[] = [];
    const ray = new Raycaster();
    for (let iy = 0; iy < rows; iy++) {
      for (let ix = 0; ix < columns; ix++) {
        const ndc = new Vector2(((ix + 0.5) / columns) * 2 - 1, ((iy + 0.5) / rows) * 2 - 1);
        ray.setFromCamera(ndc, this.input.camera);
        const hit = this.first(ray.ray.origin, ray.ray.direction);
        if (hit && this.surfaces.get(hit.object as Mesh)?.emitted === 0)
          values.push(this.leaving(hit, 2));
      }
    }
    return values.toSorted((a, b) => a - b);
  }

  private first(
    origin: Vector3,
    direction: Vector3,
    farM = Infinity,
    ignore: Mesh | null = null,
  ): Intersection | null {
    const { raycaster } = this;
    raycaster.set(origin, direction);
    raycaster.near = 1e-3;
    raycaster.far = farM;
    let nearest: Intersection | null = null;
    for (const mesh of this.surfaces.keys()) {
      if (mesh === ignore) continue;
      const hit = raycaster.intersectObject(mesh, false)[0];
      if (!hit) continue;
      nearest = hit;
      raycaster.far = hit.distance;
    }
    return nearest;
  }

  private direct(place: Vector3, normal: Vector3): number {
    let irradiance = 0;
    const towards = new Vector3();
    for (const lamp of this.lamps) {
      const distanceM = towards.subVectors(lamp.at, place).length();
      towards.divideScalar(distanceM);
      const cosine = towards.dot(normal);
      if (cosine <= 0) continue;
      const candela = lamp.towards(towards.clone().negate());
      if (candela <= 0 || this.first(place, towards, distanceM - 0.02, lamp.ignore)) continue;
      irradiance += (candela * cosine) / Math.max(0.02, distanceM ** 2);
    }
    const { sun } = this.input.lights;
    if (!sun) return irradiance;
    sunDirection(sun.elevationDeg, sun.azimuthDeg, towards);
    const cosine = towards.dot(normal);
    if (cosine > 0 && !this.first(place, towards))
      irradiance += cosine * sun.lux * luminance(scratch.set(sun.color));
    return irradiance;
  }

  private leaving(hit: Intersection, bounces: number): number {
    const mesh = hit.object as Mesh;
    const albedo = this.surfaces.get(mesh)?.albedo ?? 0.5;
    const normal = (hit.face?.normal.clone() ?? new Vector3(0, 1, 0)).transformDirection(
      mesh.matrixWorld,
    );
    const place = hit.point.clone().addScaledVector(normal, 2e-3);
    let irradiance = this.direct(place, normal);
    const count = [0, 1, 4][bounces] ?? 4;
    for (let i = 0; i < count; i++) {
      irradiance += (this.arriving(place, this.scatter(normal), bounces - 1) * Math.PI) / count;
    }
    return (albedo * irradiance) / Math.PI;
  }

  private arriving(place: Vector3, direction: Vector3, bounces: number): number {
    const hit = this.first(place, direction);
    if (!hit) return direction.y > -0.05 ? this.input.skyRadiance : 0;
    // Glowing meshes count as lamps already.
    if ((this.surfaces.get(hit.object as Mesh)?.emitted ?? 0) > 0) return 0;
    return this.leaving(hit, bounces);
  }

  /** A cosine-distributed direction: a point of the unit sphere around the normal's tip. */
  private scatter(normal: Vector3): Vector3 {
    const z = this.random.range(-1, 1);
    const angle = this.random.range(0, 2 * Math.PI);
    const r = Math.sqrt(1 - z * z);
    return new Vector3(r * Math.cos(angle), z, r * Math.sin(angle)).add(normal).normalize();
  }
}
