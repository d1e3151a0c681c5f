import {
  type ColorRepresentation,
  DirectionalLight,
  type Object3D,
  PointLight,
  SpotLight,
  Vector3,
} from 'three/webgpu';
import type { Triple } from './kit';
import type { LightSize } from './scene';

/** A shadow-casting spot light. */
export interface SpotOptions {
  color?: ColorRepresentation;
  /** Candela. */
  intensityCd: number;
  at: Triple;
  target: Triple;
  /** Full cone angle. */
  coneDeg: number;
  penumbra?: number;
  radiusM: number;
  nearM?: number;
  farM: number;
}

/** Keeps the physical size where the path tracer and the penumbra filter look for it. */
export function setLightSize(light: Object3D, size: LightSize): void {
  Object.assign(light.userData, size);
}

/** Adds a spot light and its target. */
export function addSpot(root: Object3D, options: SpotOptions): SpotLight {
  const { color = '#ffffff', intensityCd, at, target, coneDeg, radiusM, farM } = options;
  const halfAngle = (coneDeg * Math.PI) / 360;
  const light = new SpotLight(color, intensityCd, 0, halfAngle, options.penumbra ?? 0.5, 2);
  light.position.set(...at);
  light.target.position.set(...target);
  light.castShadow = true;
  light.shadow.mapSize.set(1024, 1024);
  light.shadow.camera.near = options.nearM ?? 0.1;
  light.shadow.camera.far = farM;
  light.shadow.bias = -0.0001;
  light.shadow.normalBias = 0.006;
  setLightSize(light, { radiusM });
  root.add(light, light.target);
  return light;
}

/** Adds a point light; its shadow costs six faces, so use few. */
export function addPoint(
  root: Object3D,
  options: {
    color?: ColorRepresentation;
    intensityCd: number;
    at: Triple;
    radiusM: number;
    farM: number;
  },
): PointLight {
  const { color = '#ffffff', intensityCd, at, radiusM, farM } = options;
  const light = new PointLight(color, intensityCd, 0, 2);
  light.position.set(...at);
  light.castShadow = true;
  light.shadow.mapSize.set(512, 512);
  light.shadow.camera.near = 0.03;
  light.shadow.camera.far = farM;
  // In units of the hyperbolic depth: at 5 m of a light with a near plane of 4 cm this is 2 cm.
  light.shadow.bias = -0.00004;
  light.shadow.normalBias = 0.008;
  setLightSize(light, { radiusM });
  root.add(light);
  return light;
}

/** Adds the sun with a shadow map that covers a sphere. */
export function addSun(
  root: Object3D,
  options: { color?: ColorRepresentation; lux: number; centre: Triple; radiusM: number },
): DirectionalLight {
  const { color = '#fff1dc', lux, centre, radiusM } = options;
  const light = new DirectionalLight(color, lux);
  light.target.position.set(...centre);
  light.castShadow = true;
  light.shadow.mapSize.set(1024, 1024);
  fitSunShadow(light, radiusM);
  setLightSize(light, { angularDiameterDeg: 0.53 });
  root.add(light, light.target);
  return light;
}

/** Covers a sphere around the light's target; texel size decides the bias. */
export function fitSunShadow(light: DirectionalLight, radiusM: number): void {
  const { camera } = light.shadow;
  camera.left = camera.bottom = -radiusM;
  camera.right = camera.top = radiusM;
  camera.near = 0.1;
  camera.far = radiusM * 4;
  camera.updateProjectionMatrix();
  const texelM = (2 * radiusM) / light.shadow.mapSize.x;
  light.shadow.bias = -0.0006;
  light.shadow.normalBias = texelM * 0.3;
}

const towards = new Vector3();

/** Puts the sun at an elevation and azimuth (0 = +x, 90° = +z) seen from its target. */
export function aimSun(
  light: DirectionalLight,
  {
    elevationDeg,
    azimuthDeg,
    distanceM,
  }: { elevationDeg: number; azimuthDeg: number; distanceM: number },
): void {
  light.position
    .copy(light.target.position)
    .addScaledVector(sunDirection(elevationDeg, azimuthDeg, towards), distanceM);
}

/** Unit vector towards the sun. */
export function sunDirection(
  elevationDeg: number,
  azimuthDeg: number,
  out = new Vector3(),
): Vector3 {
  const elevation = (elevationDeg * Math.PI) / 180;
  const azimuth = (azimuthDeg * Math.PI) / 180;
  return out.set(
    Math.cos(elevation) * Math.cos(azimuth),
    Math.sin(elevation),
    Math.cos(elevation) * Math.sin(azimuth),
  );
}
