import { Color, DirectionalLight, PointLight, type Scene, SpotLight } from 'three/webgpu';
import type { Triple } from '../kit';
import { aimSun, fitSunShadow, setLightSize } from '../lights';

/** A sun as numbers. */
export interface SunPlan {
  color: string;
  lux: number;
  elevationDeg: number;
  azimuthDeg: number;
  angularDiameterDeg: number;
}

/** A point light as numbers. */
export interface PointPlan {
  color: string;
  intensityCd: number;
  at: Triple;
  radiusM: number;
}

/** A spot light as numbers. */
export interface SpotPlan extends PointPlan {
  target: Triple;
  /** Full cone angle. */
  coneDeg: number;
  penumbra: number;
}

/** All lights of a generated scene at one moment. */
export interface LightPlan {
  /** Sphere that the sun's shadow map covers. */
  centre: Triple;
  reachM: number;
  sun: SunPlan | null;
  /** At most two. */
  spots: readonly SpotPlan[];
  point: PointPlan | null;
}

/** The same lights, all brighter or darker by a factor. */
export function scaleLights(plan: LightPlan, gain: number): LightPlan {
  const scale = <T extends PointPlan>(light: T): T => ({
    ...light,
    intensityCd: light.intensityCd * gain,
  });
  return {
    ...plan,
    sun: plan.sun && { ...plan.sun, lux: plan.sun.lux * gain },
    spots: plan.spots.map(scale),
    point: plan.point && scale(plan.point),
  };
}

/*
 * three keys shader programs by the identity of the lights, so a light of its own for every generated scene would
 * compile every program again. All generated scenes therefore share these four. The scene that was animated last has
 * them; animate a scene before it is drawn.
 */
const sun = new DirectionalLight();
const spots = [new SpotLight(), new SpotLight()] as const;
const point = new PointLight();

for (const light of [sun, ...spots]) light.shadow.mapSize.set(1024, 1024);
point.shadow.mapSize.set(512, 512);
for (const light of [sun, ...spots, point]) light.castShadow = true;
for (const light of [sun, ...spots]) light.target.name = 'target';

const scratch = new Color();

function applySun(root: Scene, plan: LightPlan): void {
  sun.visible = plan.sun !== null;
  root.add(sun, sun.target);
  if (!plan.sun) return;
  const { color, lux, elevationDeg, azimuthDeg, angularDiameterDeg } = plan.sun;
  sun.color.copy(scratch.set(color));
  sun.intensity = lux;
  sun.target.position.set(...plan.centre);
  aimSun(sun, { elevationDeg, azimuthDeg, distanceM: plan.reachM * 2 });
  fitSunShadow(sun, plan.reachM);
  setLightSize(sun, { angularDiameterDeg });
}

function applySpot(
  root: Scene,
  light: SpotLight,
  plan: SpotPlan | undefined,
  reachM: number,
): void {
  light.visible = plan !== undefined;
  root.add(light, light.target);
  if (!plan) return;
  light.color.copy(scratch.set(plan.color));
  light.intensity = plan.intensityCd;
  light.angle = (plan.coneDeg * Math.PI) / 360;
  light.penumbra = plan.penumbra;
  light.decay = 2;
  light.distance = 0;
  light.position.set(...plan.at);
  light.target.position.set(...plan.target);
  light.shadow.camera.near = 0.08;
  light.shadow.camera.far = reachM * 2;
  light.shadow.camera.updateProjectionMatrix();
  light.shadow.bias = -0.0001;
  light.shadow.normalBias = 0.006;
  setLightSize(light, { radiusM: plan.radiusM });
}

function applyPoint(root: Scene, plan: PointPlan | null, reachM: number): void {
  point.visible = plan !== null;
  root.add(point);
  if (!plan) return;
  point.color.copy(scratch.set(plan.color));
  point.intensity = plan.intensityCd;
  point.decay = 2;
  point.distance = 0;
  point.position.set(...plan.at);
  point.shadow.camera.near = 0.04;
  point.shadow.camera.far = reachM * 2;
  point.shadow.camera.updateProjectionMatrix();
  point.shadow.bias = -0.00004;
  point.shadow.normalBias = 0.008;
  setLightSize(point, { radiusM: plan.radiusM });
}

/** Moves the shared lights into `root` and sets every property of them. */
export function applyLightPlan(root: Scene, plan: LightPlan): void {
  applySun(root, plan);
  spots.forEach((light, i) => applySpot(root, light, plan.spots[i], plan.reachM));
  applyPoint(root, plan.point, plan.reachM);
}
