import {
  DirectionalLight,
  type Light,
  type LightShadow,
  type Object3D,
  PointLight,
  type Scene,
  type Sphere,
  SpotLight,
  Vector3,
} from 'three/webgpu';
import { fitSunShadow, setLightSize } from './lights';

/** More shadow maps than this cost more than they show. */
const maxShadows = 4;

const numberIn = (data: Record<string, unknown>, key: string): number | null => {
  const value = data[key];
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
};

/** Reads a physical size from the extras of the light, else of its node. */
const readSize = (light: Light, key: string): number | null =>
  numberIn(light.userData, key) ?? numberIn(light.parent?.userData ?? {}, key);

/** Irradiance that a light could bring to the middle of the scene; ranks lights. */
function strength(light: Light, radiusM: number): number {
  return light instanceof DirectionalLight
    ? light.intensity
    : light.intensity / Math.max(0.01, (radiusM / 2) ** 2);
}

const direction = new Vector3();

/**
 * A glTF sun stands anywhere; its shadow map needs it outside the scene. This one follows the node's direction.
 * Returns the function that does so.
 */
function followSun(root: Scene, node: DirectionalLight, bounds: Sphere): () => void {
  const sun = new DirectionalLight(node.color, node.intensity);
  sun.name = node.name;
  setLightSize(sun, { angularDiameterDeg: readSize(node, 'angularDiameterDeg') ?? 0.53 });
  sun.shadow.mapSize.set(1024, 1024);
  sun.target.position.copy(bounds.center);
  fitSunShadow(sun, bounds.radius);
  liftOff(sun, 2 * bounds.radius);
  root.add(sun, sun.target);
  node.visible = false;
  return () => {
    node.updateWorldMatrix(true, false);
    direction.set(0, 0, -1).transformDirection(node.matrixWorld);
    sun.position.copy(bounds.center).addScaledVector(direction, -2 * bounds.radius);
  };
}

/**
 * Looks shadows up as far off a surface as its own depth differs within a texel of the map, however flat the light comes in: half of
 * the texel's diagonal. `widthM`: of the map, where it is widest in the scene.
 */
function liftOff({ shadow }: Light & { shadow: LightShadow }, widthM: number): void {
  shadow.normalBias = Math.max(0.006, (Math.SQRT1_2 * widthM) / shadow.mapSize.x);
}

/** Half of the widest cone of a spot that a single map is any good for. */
const WIDEST_RAD = 1.3;

function preparePunctual(light: PointLight | SpotLight, bounds: Sphere, scale: number): void {
  // Candela that bring as much light over distances that are `scale` times as long.
  light.intensity *= scale ** 2;
  // The range of KHR_lights_punctual is a cut-off that no real light has.
  light.distance = 0;
  light.decay = 2;
  const radiusM = readSize(light, 'radiusM');
  setLightSize(light, { radiusM: radiusM === null ? 0.05 : radiusM * scale });
  const { camera, mapSize } = light.shadow;
  const isSpot = light instanceof SpotLight;
  mapSize.setScalar(isSpot ? 1024 : 512);
  camera.near = Math.max(0.02, bounds.radius * 0.005);
  camera.far = bounds.radius * 2.5;
  camera.updateProjectionMatrix();
  light.shadow.bias = isSpot ? -0.0001 : -0.00004;
  const spread = isSpot ? Math.tan(Math.min(light.angle, WIDEST_RAD)) : 1;
  liftOff(light, 2 * bounds.radius * spread);
}

/**
 * Makes a file's lights usable: sizes, shadows, suns outside the scene. Returns what must run after each animation step.
 * `scale`: by how much the file was scaled.
 */
export function prepareLights(
  root: Scene,
  model: Object3D,
  bounds: Sphere,
  scale: number,
): () => void {
  const lights: Light[] = [];
  const followers: (() => void)[] = [];
  model.traverse((object) => {
    if (
      object instanceof DirectionalLight ||
      object instanceof PointLight ||
      object instanceof SpotLight
    ) {
      lights.push(object);
    }
  });
  for (const light of lights) {
    if (light instanceof DirectionalLight) followers.push(followSun(root, light, bounds));
    else if (light instanceof PointLight || light instanceof SpotLight)
      preparePunctual(light, bounds, scale);
  }
  const active: Light[] = [];
  root.traverseVisible((object) => {
    if (
      object instanceof DirectionalLight ||
      object instanceof PointLight ||
      object instanceof SpotLight
    ) {
      active.push(object);
    }
  });
  active.sort((a, b) => strength(b, bounds.radius) - strength(a, bounds.radius));
  active.forEach((light, rank) => {
    light.castShadow = rank < maxShadows;
  });
  return () => {
    for (const follow of followers) follow();
  };
}
