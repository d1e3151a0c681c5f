import { Vector3, Vector4 } from 'three/webgpu';
import type { DirectionalLight, Light, Node, Scene, SpotLight } from 'three/webgpu';
import { Loop, cos, float, int, max, renderGroup, sin, smoothstep, uniform, uniformArray, vec3 } from 'three/tsl'; // prettier-ignore
import type { LightSize } from '../scenes/scene';
import { basisOf } from './sampling';

/** Analytic lights that image stages can ask for; the scene's first visible ones. */
const MAX_LIGHTS = 8;
/** A sun is this far away, in metres. */
const SUN_M = 1e3;

/** Lights that are smaller throw shadows as sharp as can be seen. */
const LEAST_RADIUS_M = 1e-3;

/** What throws a shadow lies at most so far from it: metres where the light is a sun, else so many times as far as from the lamp. */
const FARTHEST_BLOCKER = { sunM: 5, lamp: 4 } as const;

/**
 * Places on a disc whose weighted mean is that of all of it for polynomials up to degree 5: its middle, and a hexagon around it, as a
 * share of its radius (Abramowitz and Stegun 1964, 25.4.61).
 */
const DISC_RULE = { middle: 1 / 4, corners: 6, corner: 1 / 8, radius: Math.sqrt(2 / 3) } as const;

/** Scratch of `update`, which never runs inside itself. */
const position = new Vector3();
const target = new Vector3();
const changed = new Vector4();

/** Analytic lights as world-space uniforms. */
class LightArrays {
  /** TSL: number of lights up to the last visible one; those that are not are black. */
  readonly count = uniform(0, 'int');
  /** xyz position, or direction towards a sun; w = 1 for positions. */
  private readonly places = zeros();
  /** xyz axis along which a spot shines; w = radius in metres, a sun's as seen from SUN_M away. */
  private readonly axes = zeros();
  /** Colour times intensity; w = cosine of a spot's outer cone. */
  private readonly colors = zeros();
  /** x = cosine of a spot's inner cone. */
  private readonly cones = zeros();
  private readonly placeNodes = shared(this.places);
  private readonly axisNodes = shared(this.axes);
  private readonly colorNodes = shared(this.colors);
  private readonly coneNodes = shared(this.cones);

  /** Adds the light of each, as much as it has moved (m), turned (rad) or changed (share) since `before`. */
  addChanges(before: LightArrays, to: Vector3): void {
    this.colors.forEach((color, i) => {
      const moved =
        changed.subVectors(this.places[i]!, before.places[i]!).length() +
        changed.subVectors(this.axes[i]!, before.axes[i]!).length();
      changed.subVectors(color, before.colors[i]!);
      to.x += Math.abs(changed.x) + color.x * moved;
      to.y += Math.abs(changed.y) + color.y * moved;
      to.z += Math.abs(changed.z) + color.z * moved;
    });
  }

  copy(from: LightArrays): void {
    this.each(from, (value, other) => value.copy(other));
    this.count.value = from.count.value;
  }

  equals(other: LightArrays): boolean {
    let isSame = true;
    this.each(other, (value, its) => (isSame &&= value.equals(its)));
    return isSame;
  }

  private each(other: LightArrays, body: (value: Vector4, its: Vector4) => void): void {
    for (const name of ['places', 'axes', 'colors', 'cones'] as const)
      this[name].forEach((value, i) => body(value, other[name][i]!));
  }

  /** By how many of its radii a light is elsewhere than it was. */
  protected radiiFrom(before: LightArrays, index: number): number {
    const place = this.places[index]!;
    const moved = changed.subVectors(place, before.places[index]!).length();
    const isNear = place.w > 0.5;
    return ((isNear ? 1 : SUN_M) * moved) / Math.max(this.axes[index]!.w, LEAST_RADIUS_M);
  }

  /** Puts out a light. */
  clear(index: number): void {
    this.colors[index]!.set(0, 0, 0, 0);
  }

  write(index: number, light: Light): void {
    const isSun = 'isDirectionalLight' in light;
    const isSpot = 'isSpotLight' in light;
    const { radiusM, angularDiameterDeg } = sizeOf(light);
    position.setFromMatrixPosition(light.matrixWorld);
    target.set(0, 0, 0);
    if (isSun || isSpot) {
      target.setFromMatrixPosition((light as DirectionalLight | SpotLight).target.matrixWorld);
      target.sub(position).normalize();
    }
    const place = this.places[index]!;
    if (isSun) place.set(-target.x, -target.y, -target.z, 0);
    else place.set(position.x, position.y, position.z, 1);
    const sunRadiusM = SUN_M * Math.tan((angularDiameterDeg * Math.PI) / 360);
    this.axes[index]!.set(target.x, target.y, target.z, isSun ? sunRadiusM : radiusM);
    const { angle, penumbra } = light as SpotLight;
    const outer = isSpot ? Math.cos(angle) : -3;
    this.cones[index]!.set(isSpot ? Math.cos(angle * (1 - penumbra)) : -2, 0, 0, 0);
    const { r, g, b } = light.color;
    const i = light.intensity;
    this.colors[index]!.set(r * i, g * i, b * i, outer);
  }

  /**
   * TSL: a light seen from a world-space point: vector towards it in metres and the unit vector along it, irradiance
   * (rgb) of a surface that faces it, without shadow, and the share of its intensity that this is. `shift` is a place on its
   * disc, in metres from the centre.
   */
  at(index: Node<'int'>, point: Node<'vec3'>, shift: Node<'vec3'> = vec3(0)) {
    const place = vec4Of(this.placeNodes.element(index));
    const color = vec4Of(this.colorNodes.element(index));
    const inner = vec4Of(this.coneNodes.element(index)).x;
    const isNear = place.w.greaterThan(0.5);
    const offset = isNear.select(place.xyz.sub(point), place.xyz.mul(SUN_M)).add(shift).toVar();
    const distance = max(offset.length(), float(1e-4)).toVar();
    const direction = offset.div(distance).toVar();
    const nearFalloff = float(1).div(max(distance.mul(distance), float(0.0025)));
    const cosine = direction.dot(vec4Of(this.axisNodes.element(index)).xyz).negate();
    const inCone = smoothstep(color.w, max(inner, color.w.add(1e-4)), cosine);
    const falloff = isNear.select(nearFalloff, float(1)).mul(inCone).toVar();
    return { offset, distance, direction, falloff, irradiance: color.rgb.mul(falloff).toVar() };
  }

  /**
   * TSL: all of a light's disc seen from a world-space point: the unit vector from where its light comes on average, and
   * irradiance (rgb) of a surface that faces there, without shadow. Times a cosine it is exact for surfaces that have all of the
   * disc above them. The cone of a spot is softer than its centre alone says, by as much as its disc is wide.
   */
  meanAt(index: Node<'int'>, point: Node<'vec3'>) {
    const middle = this.at(index, point);
    const { axis, radius } = this.discOf(index, middle.direction);
    const [tangent, bitangent] = basisOf(axis);
    const sum = middle.direction.mul(middle.falloff.mul(DISC_RULE.middle)).toVar();
    Loop(DISC_RULE.corners, ({ i }) => {
      const angle = float(int(i).toVar())
        .mul((2 * Math.PI) / DISC_RULE.corners)
        .toVar();
      const corner = tangent.mul(cos(angle)).add(bitangent.mul(sin(angle)));
      const { direction, falloff } = this.at(
        index,
        point,
        corner.mul(radius.mul(DISC_RULE.radius)),
      );
      sum.addAssign(direction.mul(falloff.mul(DISC_RULE.corner)));
    });
    const length = sum.length().toVar();
    const color = vec4Of(this.colorNodes.element(index)).rgb;
    return {
      direction: sum.div(max(length, float(1e-20))).toVar(),
      irradiance: color.mul(length).toVar(),
    };
  }

  /** TSL: the disc that a light is as seen from a direction: its axis, and its radius in metres. */
  discOf(index: Node<'int'>, direction: Node<'vec3'>) {
    const axis = vec4Of(this.axisNodes.element(index));
    // A point light turns its disc to whoever looks.
    const faces = axis.xyz.dot(axis.xyz).greaterThan(0.5);
    return { axis: faces.select(axis.xyz, direction).toVar(), radius: axis.w };
  }
}

/** The scene's analytic lights, for stages that do not draw it. */
export class LightUniforms extends LightArrays {
  /** Those of the frame before; as many count as now, some of them black. */
  readonly before = new LightArrays();
  /** TSL: number of lights to look at in order to see what has changed since; mostly 0. */
  readonly changedCount = uniform(0, 'int');
  /** TSL: half width of the widest penumbra to expect, in metres. */
  readonly penumbraM = uniform(0);
  /** TSL: number of lights that have no shadow map. */
  readonly unmapped = uniform(0, 'int');
  /** By how many of its radii each has moved since the last frame. */
  private readonly shifts = Array.from({ length: MAX_LIGHTS }, () => 0);
  private readonly shiftNodes = uniformArray(this.shifts, 'float').setGroup(renderGroup);
  /** Sum of the light of lamps, each as much as it has changed since the last frame: {@link addChanges}. */
  readonly changed = new Vector3();
  private lights: Light[] = [];

  setScene(scene: Scene): void {
    const lights: Light[] = [];
    scene.traverse((object) => {
      if (isAnalytic(object as Light)) lights.push(object as Light);
    });
    // A file's own lights stay in it, unseen, beside those that stand for them.
    const byUse = lights.toSorted((a, b) => Number(b.visible) - Number(a.visible));
    this.lights = byUse.slice(0, MAX_LIGHTS);
  }

  /** Number of a light, or null where there are too many. It stays as long as the scene. */
  indexOf(light: Light): number | null {
    const index = this.lights.indexOf(light);
    return index < 0 ? null : index;
  }

  /**
   * TSL: by how many of its radii a light has moved since the last frame: so many times half the width of their penumbra its shadows
   * have moved, however far away what throws them is.
   */
  shiftOf(index: Node<'int'>): Node<'float'> {
    return float(this.shiftNodes.element(index) as unknown as Node<'float'>);
  }

  /** Takes over a frame's lights. */
  update(): void {
    this.before.copy(this);
    this.unmapped.value = 0;
    this.penumbraM.value = 0;
    this.count.value = this.lights.findLastIndex(({ visible }) => visible) + 1;
    for (let index = 0; index < MAX_LIGHTS; index++) {
      const light = this.lights[index];
      if (!light?.visible) {
        this.clear(index);
        continue;
      }
      this.write(index, light);
      this.shifts[index] = this.radiiFrom(this.before, index);
      if (!light.castShadow) this.unmapped.value++;
      this.penumbraM.value = Math.max(this.penumbraM.value, penumbraOf(light));
    }
    this.changed.setScalar(0);
    this.addChanges(this.before, this.changed);
    this.changedCount.value = this.equals(this.before)
      ? 0
      : Math.max(this.count.value, this.before.count.value);
  }
}

const sizeOf = ({ userData }: Light): Required<LightSize> => ({
  radiusM: 0.05,
  angularDiameterDeg: 0.53,
  ...(userData as LightSize),
});

function penumbraOf(light: Light): number {
  const { radiusM, angularDiameterDeg } = sizeOf(light);
  const isSun = 'isDirectionalLight' in light;
  if (!isSun) return radiusM * FARTHEST_BLOCKER.lamp;
  return FARTHEST_BLOCKER.sunM * Math.tan((angularDiameterDeg * Math.PI) / 360);
}

const isAnalytic = (light: Light): boolean =>
  light.isLight && ['DirectionalLight', 'PointLight', 'SpotLight'].includes(light.type);
/** Shared by all that a pass draws: materials ask for lights, too. */
const shared = (values: Vector4[]) => uniformArray(values, 'vec4').setGroup(renderGroup);
const zeros = (): Vector4[] => Array.from({ length: MAX_LIGHTS }, () => new Vector4());
const vec4Of = (node: unknown): Node<'vec4'> => (node as Node<'vec4'>).toVar();
