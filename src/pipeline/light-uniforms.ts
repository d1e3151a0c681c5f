import { Vector3, Vector4 } from 'three/webgpu';
import type {
  DirectionalLight,
  Light,
  Matrix4,
  Node,
  PerspectiveCamera,
  Scene,
  SpotLight,
} from 'three/webgpu';
import { float, max, smoothstep, uniform, uniformArray } from 'three/tsl';
import { LUMINANCE } from '../core/color';

/** Shadow-casting lights that image stages can ask for; the scene's first ones. */
const MAX_LIGHTS = 4;

/** Scratch of `update`, which never runs inside itself. */
const position = new Vector3();
const target = new Vector3();

/** The shadow-casting lights as view-space uniforms, for stages that see only images. */
export class LightUniforms {
  /** TSL: number of visible lights. */
  readonly count = uniform(0, 'int');
  /** xyz position, or direction towards a sun; w = 1 for positions. */
  private readonly places = zeros();
  /** xyz axis along which a spot shines; w = luminance of its intensity. */
  private readonly axes = zeros();
  /** Cosines of a spot's cone: x outer, y inner. */
  private readonly cones = zeros();
  private readonly placeNodes = uniformArray(this.places, 'vec4');
  private readonly axisNodes = uniformArray(this.axes, 'vec4');
  private readonly coneNodes = uniformArray(this.cones, 'vec4');
  private lights: Light[] = [];

  collect(scene: Scene): void {
    this.lights = [];
    scene.traverse((object) => {
      const light = object as Light;
      if (light.isLight && light.castShadow) this.lights.push(light);
    });
  }

  update({ matrixWorldInverse }: PerspectiveCamera): void {
    let count = 0;
    for (const light of this.lights) {
      if (count === MAX_LIGHTS) break;
      if (light.visible) this.write(count++, light, matrixWorldInverse);
    }
    this.count.value = count;
  }

  private write(index: number, light: Light, toView: Matrix4): void {
    const { r, g, b } = light.color;
    const luminance = (r * LUMINANCE[0] + g * LUMINANCE[1] + b * LUMINANCE[2]) * light.intensity;
    const isSun = 'isDirectionalLight' in light;
    const isSpot = 'isSpotLight' in light;
    position.setFromMatrixPosition(light.matrixWorld);
    target.set(0, 0, 0);
    if (isSun || isSpot) {
      target.setFromMatrixPosition((light as DirectionalLight | SpotLight).target.matrixWorld);
      target.sub(position).transformDirection(toView);
    }
    const place = this.places[index]!;
    if (isSun) place.set(-target.x, -target.y, -target.z, 0);
    else {
      position.applyMatrix4(toView);
      place.set(position.x, position.y, position.z, 1);
    }
    this.axes[index]!.set(target.x, target.y, target.z, luminance);
    const { angle, penumbra } = light as SpotLight;
    if (isSpot) this.cones[index]!.set(Math.cos(angle), Math.cos(angle * (1 - penumbra)), 0, 0);
    else this.cones[index]!.set(-3, -2, 0, 0);
  }

  /** TSL: a light seen from a view-space point: unit direction towards it, distance in metres, unshadowed luminance. */
  at(index: Node<'int'>, point: Node<'vec3'>) {
    const place = vec4Of(this.placeNodes.element(index));
    const axis = vec4Of(this.axisNodes.element(index));
    const cone = vec4Of(this.coneNodes.element(index));
    const offset = place.xyz.sub(point.mul(place.w)).toVar();
    const length = max(offset.length(), float(1e-4)).toVar();
    const direction = offset.div(length).toVar();
    const isNear = place.w.greaterThan(0.5);
    const falloff = isNear.select(float(1).div(max(length.mul(length), float(0.0025))), float(1));
    const inCone = smoothstep(
      cone.x,
      max(cone.y, cone.x.add(1e-4)),
      direction.dot(axis.xyz).negate(),
    );
    return {
      direction,
      distance: isNear.select(length, float(1e3)).toVar(),
      luminance: axis.w.mul(falloff).mul(inCone),
    };
  }
}

const zeros = (): Vector4[] => Array.from({ length: MAX_LIGHTS }, () => new Vector4());
const vec4Of = (node: unknown): Node<'vec4'> => (node as Node<'vec4'>).toVar();
