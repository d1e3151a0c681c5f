import { Matrix4, Sphere } from 'three/webgpu';
import type { InstancedMesh, Light, LightShadow, Mesh, Object3D } from 'three/webgpu';
import { readableShadow } from './point-shadow';

/** A light with a shadow map, and where it was when the map was drawn. */
interface ShadowedLight {
  readonly light: Light & { readonly target?: Object3D };
  readonly shadow: LightShadow;
  readonly placed: Matrix4;
  readonly aimed: Matrix4;
}

/** Something that casts shadows, and how it was when the maps were drawn. */
interface Caster {
  readonly mesh: Mesh;
  readonly placed: Matrix4;
  /** World-space sphere around it; null for what changes shape, which may be anywhere. */
  readonly sphere: Sphere | null;
  readonly before: Sphere;
  isShown: boolean;
  instances: number;
}

/**
 * Shadow maps of a scene, each drawn again only in frames in which its light, or something that it reaches, has moved.
 * three draws them for each camera of each frame (r187), although no light of ours depends on a camera.
 */
export class Shadows {
  private lights: readonly ShadowedLight[] = [];
  private casters: readonly Caster[] = [];
  private moved: Caster[] = [];

  /** Takes over a scene's lights and meshes; every map is drawn in the next frame. */
  setScene(root: Object3D): void {
    const lights: ShadowedLight[] = [];
    const casters: Caster[] = [];
    root.traverse((object) => {
      if (!object.castShadow) return;
      if (isShadowed(object)) lights.push(takeLight(object));
      else if ('isMesh' in object) casters.push(takeCaster(object as Mesh));
    });
    this.lights = lights;
    this.casters = casters;
  }

  /** Asks three for the maps that are out of date; the scene's matrices must be those of the frame. */
  refresh(): void {
    this.moved.length = 0;
    for (const caster of this.casters) if (follow(caster)) this.moved.push(caster);
    for (const light of this.lights) {
      const isTurned = followLight(light);
      if (isTurned || this.moved.some((caster) => reaches(light, caster)))
        light.shadow.needsUpdate = true;
    }
  }
}

function isShadowed(object: Object3D): object is Light & { shadow: LightShadow } {
  return 'isLight' in object && Boolean((object as { shadow?: LightShadow }).shadow);
}

function takeLight(light: Light & { shadow: LightShadow }): ShadowedLight {
  const { shadow } = light;
  shadow.autoUpdate = false;
  shadow.needsUpdate = true;
  if ('isPointLight' in light) readableShadow(light as never);
  return { light, shadow, placed: new Matrix4(), aimed: new Matrix4() };
}

function takeCaster(mesh: Mesh): Caster {
  const deforms = 'isSkinnedMesh' in mesh || (mesh.morphTargetInfluences?.length ?? 0) > 0;
  const sphere = deforms ? null : new Sphere();
  // No place equals this one, so that the first frame finds everything moved.
  const placed = new Matrix4().makeScale(Number.NaN, 1, 1);
  return { mesh, placed, sphere, before: new Sphere(), isShown: true, instances: -1 };
}

/** Whether a caster has moved, changed shape, appeared or vanished since the last call. */
function follow(caster: Caster): boolean {
  const { mesh, placed, sphere, before } = caster;
  const isShown = isVisible(mesh);
  const instances = (mesh as Partial<InstancedMesh>).instanceMatrix?.version ?? 0;
  const isSame =
    isShown === caster.isShown && instances === caster.instances && placed.equals(mesh.matrixWorld);
  caster.isShown = isShown;
  if (!sphere) return isShown || !isSame;
  if (isSame) return false;
  caster.instances = instances;
  placed.copy(mesh.matrixWorld);
  before.copy(sphere);
  sphere.copy(boundsOf(mesh)).applyMatrix4(mesh.matrixWorld);
  return true;
}

function isVisible(object: Object3D): boolean {
  for (let at: Object3D | null = object; at; at = at.parent) if (!at.visible) return false;
  return true;
}

/** Bounding sphere in the mesh's own space, of all instances where there are some. */
function boundsOf(mesh: Mesh): Sphere {
  if ('isInstancedMesh' in mesh) {
    const instanced = mesh as InstancedMesh;
    instanced.computeBoundingSphere();
    return instanced.boundingSphere!;
  }
  if (!mesh.geometry.boundingSphere) mesh.geometry.computeBoundingSphere();
  return mesh.geometry.boundingSphere!;
}

/** Whether a light has moved or turned since the last call. */
function followLight({ light, placed, aimed }: ShadowedLight): boolean {
  const target = light.target?.matrixWorld ?? identity;
  if (placed.equals(light.matrixWorld) && aimed.equals(target)) return false;
  placed.copy(light.matrixWorld);
  aimed.copy(target);
  return true;
}

/** Whether a caster is, or was, where it may throw a shadow in a light's map. */
function reaches({ light, shadow }: ShadowedLight, { sphere, before }: Caster): boolean {
  if (!sphere) return true;
  if ('isPointLight' in light) {
    const { far } = shadow.camera as unknown as { far: number };
    reach.center.setFromMatrixPosition(light.matrixWorld);
    reach.radius = far;
    return reach.intersectsSphere(sphere) || reach.intersectsSphere(before);
  }
  const frustum = shadow.getFrustum();
  return frustum.intersectsSphere(sphere) || frustum.intersectsSphere(before);
}

const identity = new Matrix4();
/** Scratch. */
const reach = new Sphere();
