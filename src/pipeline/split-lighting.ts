import { Lighting, LightsNode } from 'three/webgpu';
import type { DepthTexture, Light, Node, NodeBuilder } from 'three/webgpu';
import { Fn, If, float, materialRoughness, max, property, roughness, sqrt, vec2, vec3, vec4 } from 'three/tsl'; // prettier-ignore
import { luminanceOf } from './shading';
import { softVisibility } from './penumbra';

const hardLight = property('vec3', 'hardLight');
const softLight = property('vec3', 'softLight');
const unshadowedLuminance = property('float', 'unshadowedLuminance');
const penumbraWeight = property('float', 'penumbraWeight');

/** Penumbra widths from this many metres on read as 1. */
const PENUMBRA_FULL_M = 1;

/**
 * three widens lobes by how much normals turn within a pixel, which at a low resolution makes plaster of small metal
 * things. Jitter and history average over the pixel instead; this much is left, as three has it.
 */
const LEAST_ROUGHNESS = 0.045;

/** MRT outputs of the split: what a surface reflects from analytic lights, with and without shadow. */
export const splitLight = {
  /** rgb = direct radiance with hard shadows, a = visibility, luminance weighted (1 where no light reaches anyway). */
  light: Fn(() => {
    const lit = luminanceOf(hardLight);
    const visibility = unshadowedLuminance
      .greaterThan(1e-7)
      .select(lit.div(max(unshadowedLuminance, float(1e-7))), float(1));
    return vec4(hardLight, visibility);
  })(),
  /** rgb = direct radiance with penumbra-filtered shadows, a = penumbra hint [0,1], the root of its width in metres. */
  soft: Fn(() => {
    const widthM = penumbraWeight.div(max(unshadowedLuminance, float(1e-7)));
    return vec4(softLight, sqrt(widthM.div(PENUMBRA_FULL_M).clamp(0, 1)));
  })(),
  /** Luminance of the direct radiance as if nothing cast a shadow. */
  unshadowed: unshadowedLuminance,
};

interface ShadowedLightNode {
  light: Light;
  baseColorNode: Node | null;
  shadowNode: (Node & { shadowMap: { depthTexture: DepthTexture } | null }) | null;
}

interface LightingContext {
  lightingModel: { direct(input: object, builder: NodeBuilder): void };
  reflectedLight: { directDiffuse: Node<'vec3'>; directSpecular: Node<'vec3'> };
  getShadow?: (node: ShadowedLightNode) => Node | null;
}

const lightsNodeSetup = (LightsNode.prototype as unknown as { setup(builder: NodeBuilder): Node })
  .setup;

/**
 * Adds up each light's contribution three ways: hard shadow, soft shadow, no shadow. Every standard material takes
 * part without knowing, imported ones included.
 */
class SplitLightsNode extends LightsNode {
  static get type(): string {
    return 'SplitLightsNode';
  }

  constructor(private readonly hasSoft: boolean) {
    super();
  }

  // By this alone three tells apart what it builds for either kind.
  override customCacheKey(): number {
    return super.customCacheKey() * 2 + Number(this.hasSoft);
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

  override setupDirectLight(builder: NodeBuilder, lightNode: object, lightData: object): void {
    const { lightingModel, reflectedLight } = builder.context as unknown as LightingContext;
    const node = lightNode as ShadowedLightNode;
    roughness.assign(max(materialRoughness, float(LEAST_ROUGHNESS)));
    const directDiffuse = vec3(0).toVar();
    const directSpecular = vec3(0).toVar();
    lightingModel.direct(
      { ...lightData, lightNode, reflectedLight: { directDiffuse, directSpecular } },
      builder,
    );
    const unshadowed = directDiffuse.add(directSpecular).toVar();
    const luminance = luminanceOf(unshadowed).toVar();
    const isGlsl = (builder as unknown as { isFlipY(): boolean }).isFlipY();
    const receives = (builder as unknown as { object: { receiveShadow: boolean } }).object
      .receiveShadow;
    if (node.shadowNode && node.light.castShadow && receives) {
      // Most of a scene is out of most lights' reach; maps are not asked for there.
      If(luminance.greaterThan(0), () => {
        const hard = float(node.shadowNode as unknown as Node<'float'>).toVar();
        hardLight.addAssign(unshadowed.mul(hard));
        if (!this.hasSoft) return;
        // Built lazily: the shadow map exists once the hard shadow above has been set up.
        const soft = Fn(() => {
          const map = node.shadowNode?.shadowMap;
          // GLSL reads comparison maps through a comparison only: WebGL2 keeps hard shadows.
          return map && !isGlsl ? softVisibility(node.light, map.depthTexture) : vec2(hard, 0);
        })().toVar();
        softLight.addAssign(unshadowed.mul(soft.x));
        penumbraWeight.addAssign(luminance.mul(soft.y));
      });
    } else {
      hardLight.addAssign(unshadowed);
      softLight.addAssign(unshadowed);
    }
    unshadowedLuminance.addAssign(luminance);
    reflectedLight.directDiffuse.addAssign(unshadowed);
  }
}

/** Lighting system of the G-buffer pass; see {@link splitLight} for its outputs, of which `soft` is made only if asked for. */
export class SplitLighting extends Lighting {
  constructor(private readonly hasSoft: boolean) {
    super();
  }

  override createNode(lights: Light[] = []): LightsNode {
    return new SplitLightsNode(this.hasSoft).setLights(lights);
  }
}
