import { Lighting, LightsNode } from 'three/webgpu';
import type { Light, Node, NodeBuilder } from 'three/webgpu';
import { Fn, If, cameraViewMatrix, float, int, materialRoughness, max, positionWorld, property, roughness, vec3, vec4 } from 'three/tsl'; // prettier-ignore
import type { LightUniforms } from './light-uniforms';
import { encodeColor } from './packed';
import { luminanceOf } from './shading';

const hardLight = property('vec3', 'hardLight');
const unshadowedLight = property('vec3', 'unshadowedLight');

/**
 * three widens lobes by how much normals turn within a pixel, which at a low resolution makes plaster of small metal
 * things. Jitter and history average over the pixel instead; this much is left, as three has it.
 */
export const LEAST_ROUGHNESS = 0.045;

/** MRT outputs of the split: what a surface reflects from analytic lights, and how much of it is in hard shadow. */
export const splitLight = {
  /**
   * rgb = root of the share [0,1] of the direct radiance that hard shadows let through, a = the share of its luminance; 1 where no
   * light reaches anyway. Roots, since a glossy floor before a sun behind a wall may have a thousand times more than arrives.
   */
  light: Fn(() => {
    const share = hardLight.div(max(unshadowedLight, vec3(1e-7))).clamp(0, 1);
    const all = luminanceOf(unshadowedLight).toVar();
    const visibility = luminanceOf(hardLight).div(max(all, float(1e-7)));
    return all.greaterThan(1e-7).select(vec4(encodeColor(share), visibility), vec4(1));
  })(),
  /** rgb = direct radiance as if nothing cast a shadow. */
  unshadowed: vec4(unshadowedLight, 1),
};

interface ShadowedLightNode {
  light: Light;
  baseColorNode: Node | null;
  shadowNode: Node | null;
}

/** What three knows of a light at a place: unit vector towards it in view space, and irradiance of a surface that faces it. */
interface LightData {
  readonly lightDirection: Node<'vec3'>;
  readonly lightColor: Node<'vec3'>;
}

interface LightingContext {
  lightingModel: { direct(input: object, builder: NodeBuilder): void };
  reflectedLight: { directDiffuse: Node<'vec3'>; directSpecular: Node<'vec3'> };
  getShadow?: (node: ShadowedLightNode) => Node | null;
}

const lightsNodeSetup = (LightsNode.prototype as unknown as { setup(builder: NodeBuilder): Node })
  .setup;

/**
 * Adds up each light's contribution twice: with its hard shadow and without. Every standard material takes part without
 * knowing, imported ones included.
 */
class SplitLightsNode extends LightsNode {
  static get type(): string {
    return 'SplitLightsNode';
  }

  constructor(private readonly areas: LightUniforms) {
    super();
  }

  // @types/three omits setup() of LightsNode; r187 has it.
  override setup(builder: NodeBuilder): Node {
    const context = builder.context as unknown as LightingContext;
    const outer = context.getShadow;
    // The light's own colour without its shadow: the shadow is applied below, once per kind.
    context.getShadow = (node) => node.baseColorNode;
    const result = lightsNodeSetup.call(this, builder);
    if (outer) context.getShadow = outer;
    else delete context.getShadow;
    return result;
  }

  override setupDirectLight(builder: NodeBuilder, lightNode: object, lightData: LightData): void {
    const { lightingModel, reflectedLight } = builder.context as unknown as LightingContext;
    const node = lightNode as ShadowedLightNode;
    roughness.assign(max(materialRoughness, float(LEAST_ROUGHNESS)));
    const directDiffuse = vec3(0).toVar();
    const directSpecular = vec3(0).toVar();
    lightingModel.direct(
      {
        ...lightData,
        ...this.ofArea(node.light),
        lightNode,
        reflectedLight: { directDiffuse, directSpecular },
      },
      builder,
    );
    const unshadowed = directDiffuse.add(directSpecular).toVar();
    const { receiveShadow } = (builder as unknown as { object: { receiveShadow: boolean } }).object;
    if (node.shadowNode && node.light.castShadow && receiveShadow) {
      // Most of a scene is out of most lights' reach; maps are not asked for there.
      If(luminanceOf(unshadowed).greaterThan(0), () => {
        hardLight.addAssign(unshadowed.mul(float(node.shadowNode as unknown as Node<'float'>)));
      });
    } else {
      hardLight.addAssign(unshadowed);
    }
    unshadowedLight.addAssign(unshadowed);
    reflectedLight.directDiffuse.addAssign(unshadowed);
  }

  /** Light of all of a lamp's disc; null for suns, and for lamps beyond those that image stages know, which are points as three has them. */
  private ofArea(light: Light): LightData | null {
    const index = 'isDirectionalLight' in light ? null : this.areas.indexOf(light);
    if (index === null) return null;
    const { direction, irradiance } = this.areas.meanAt(int(index), positionWorld);
    return {
      lightDirection: cameraViewMatrix.mul(vec4(direction, 0)).xyz,
      lightColor: irradiance,
    };
  }
}

/** Lighting system of the G-buffer pass; see {@link splitLight} for its outputs. */
export class SplitLighting extends Lighting {
  constructor(private readonly areas: LightUniforms) {
    super();
  }

  override createNode(lights: Light[] = []): LightsNode {
    return new SplitLightsNode(this.areas).setLights(lights);
  }
}
