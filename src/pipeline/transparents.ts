import { BlendMode, MaterialBlending } from 'three/webgpu';
import type { DepthTexture, MRTNode, Node, PerspectiveCamera, RenderTarget, Scene, WebGPURenderer } from 'three/webgpu'; // prettier-ignore
import { If, diffuseColor, float, materialEmissive, mrt, uniform, vec4 } from 'three/tsl';
import { isMesh, isTransparent } from '../scenes/kit';
import { image } from './fullscreen';
import { MOTION_OUTPUT, ambientOfSurface, clearToNothing, createTarget, factorOfSurface } from './gbuffer'; // prettier-ignore
import type { GBuffer } from './gbuffer';
import type { Guide } from './guide';
import type { Levels } from './levels';
import type { SplitLighting } from './split-lighting';
import { splitLight } from './split-lighting';
import type { World } from './world';

/**
 * What is transparent, as three blends it: lit by the lamps with their shadow maps and by some ambient light, and laid over the
 * opaque picture of the same size, whose depth hides what is behind it. In scenes without it nothing is drawn or kept.
 * - target: rgb radiance times coverage, a = coverage
 */
export class Transparents {
  readonly target: RenderTarget;
  private readonly texel;
  private readonly isThere = uniform(0);
  private readonly outputs: MRTNode;

  /**
   * @param lighting of the G-buffer
   * @param ambient radiance of the ambient light on a white surface
   * @param depth of the opaque frame
   */
  constructor(
    private readonly renderer: WebGPURenderer,
    private readonly lighting: SplitLighting,
    ambient: Node<'vec3'>,
    depth: DepthTexture,
  ) {
    // The only image goes by the name of motion: see MOTION_OUTPUT.
    this.target = createTarget('Transparents', ['motion'], true);
    this.target.depthTexture = depth;
    this.texel = image(this.target.texture);
    const direct = splitLight.light.rgb.mul(splitLight.unshadowed.rgb);
    const radiance = direct.add(factorOfSurface().mul(ambient)).add(materialEmissive);
    this.outputs = mrt({ [MOTION_OUTPUT]: vec4(radiance, diffuseColor.a) });
    this.outputs.setBlendMode(MOTION_OUTPUT, new BlendMode(MaterialBlending));
    clearToNothing(this.outputs);
  }

  /** TSL: a radiance of the opaque picture and what is transparent before it; to be called inside `Fn`. */
  over(radiance: Node<'vec3'>, at: Node<'ivec2'>): Node<'vec3'> {
    const shown = radiance.toVar();
    If(this.isThere.greaterThan(0), () => {
      const layer = this.texel.at(at).toVar();
      shown.assign(shown.mul(layer.a.oneMinus()).add(layer.rgb));
    });
    return shown;
  }

  /** TSL: how much of a pixel is covered; to be called inside `Fn`. */
  coverage(at: Node<'ivec2'>): Node<'float'> {
    const covered = float(0).toVar();
    If(this.isThere.greaterThan(0), () => {
      covered.assign(this.texel.at(at).a);
    });
    return covered;
  }

  setScene(root: Scene): void {
    let found = false;
    root.traverse((object) => (found ||= isMesh(object) && isTransparent(object)));
    this.isThere.value = found ? 1 : 0;
    if (!found) this.target.setSize(1, 1);
  }

  /** Draws into an image as large as the frame, whose depth has been drawn with the same camera. */
  render(scene: Scene, camera: PerspectiveCamera, { width, height }: RenderTarget): void {
    if (this.isThere.value === 0) return;
    this.target.setSize(width, height);
    const { renderer } = this;
    const { lighting, opaque, autoClearDepth } = renderer;
    renderer.lighting = this.lighting;
    renderer.opaque = false;
    renderer.autoClearDepth = false;
    renderer.setMRT(this.outputs);
    renderer.setRenderTarget(this.target);
    renderer.render(scene, camera);
    renderer.setRenderTarget(null);
    renderer.setMRT(null);
    renderer.autoClearDepth = autoClearDepth;
    renderer.opaque = opaque;
    renderer.lighting = lighting;
  }

  dispose(): void {
    // The depth is not ours.
    this.target.depthTexture = null;
    this.target.dispose();
  }
}

/** What is transparent before the G-buffer, in flat ambient light as the raw frame is, and before the guide, in that of the probes. */
export interface TransparentLayers {
  readonly input: Transparents;
  readonly output: Transparents;
}

export function transparentLayers(
  renderer: WebGPURenderer,
  stages: { gbuffer: GBuffer; guide: Guide; levels: Levels; world: World },
): TransparentLayers {
  const { gbuffer, guide, levels, world } = stages;
  const { lighting, target } = gbuffer;
  const probes = ambientOfSurface(world.probes).rgb;
  return {
    input: new Transparents(renderer, lighting, levels.ambient, target.depthTexture!),
    output: new Transparents(renderer, lighting, probes, guide.depth),
  };
}
