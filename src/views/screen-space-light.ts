import type { PerspectiveCamera, Texture, WebGPURenderer } from 'three/webgpu';
import { sample, unpackRGBToNormal } from 'three/tsl';
import SSGINode from 'three/addons/tsl/display/SSGINode.js';
import RecurrentDenoiseNode from 'three/addons/tsl/display/RecurrentDenoiseNode.js';
import TemporalReprojectNode from 'three/addons/tsl/display/TemporalReprojectNode.js';
import { isWebGPU } from '../core/gpu-handles';
import { DisplayStage, outputOf } from './display-node';
import { input } from './raster-inputs';
import type { RasterInputs } from './raster-inputs';
import type { Size } from './view';

/** three's preset "medium, with temporal filtering", which its own examples use. */
const SLICES = 2;
const STEPS = 8;

/** Format of the image that three's SSGI draws into; WebGPU leaves it to the GPU whether it can. */
const SSGI_FEATURE = 'rg11b10ufloat-renderable';

/** What three's SSGI needs and this machine lacks, in words; null if it can run. */
export function ssgiLacks(renderer: WebGPURenderer): string | null {
  if (!isWebGPU(renderer) || renderer.hasFeature(SSGI_FEATURE)) return null;
  return `three's SSGI needs the WebGPU feature ${SSGI_FEATURE}, which this GPU does not have`;
}

/**
 * three's screen-space global illumination at w×h, each of its two images through three's temporal reprojection and
 * recurrent denoiser, wired as in three's example:
 * - occlusion: red channel, share of the surroundings that nothing in the picture hides
 * - bounce: rgb irradiance from what is in the picture
 */
export class ScreenSpaceLight {
  readonly occlusion: DenoisedImage;
  readonly bounce: DenoisedImage;
  private readonly stage: DisplayStage<SSGINode>;

  /** `radiance` is what the surfaces in the picture send out, w×h, linear. */
  constructor(renderer: WebGPURenderer, radiance: Texture, inputs: RasterInputs) {
    const packed = input(inputs.normal);
    const normal = sample((uv) => unpackRGBToNormal(packed.sample(uv).rgb));
    const node = new SSGINode(input(radiance), input(inputs.depth), normal, inputs.camera);
    node.sliceCount.value = SLICES;
    node.stepCount.value = STEPS;
    const [occlusion, bounce] = [node.getAONode(), node.getGINode()] as const;
    this.stage = new DisplayStage(renderer, node, occlusion);
    this.occlusion = new DenoisedImage(renderer, occlusion.value, inputs);
    this.bounce = new DenoisedImage(renderer, bounce.value, inputs);
  }

  resize(size: Size): void {
    [this.stage, this.occlusion, this.bounce].forEach((part) => part.resize(size));
  }

  /** Draws frame `index` since the last reset. */
  render(index: number): void {
    this.stage.render(index);
    this.occlusion.render(index);
    this.bounce.render(index);
  }

  dispose(): void {
    [this.stage, this.occlusion, this.bounce].forEach((part) => part.dispose());
  }
}

/** A noisy image, accumulated and smoothed along surfaces; the denoiser's output is the history of the next frame. */
class DenoisedImage {
  private readonly reproject: DisplayStage<TemporalReprojectNode>;
  private readonly denoise: DisplayStage<RecurrentDenoiseNode>;

  constructor(renderer: WebGPURenderer, noisy: Texture, inputs: RasterInputs) {
    const { depth, normal, velocity } = inputs;
    const camera: PerspectiveCamera = inputs.camera;
    const reproject = new TemporalReprojectNode(
      input(noisy),
      input(depth),
      input(normal),
      input(velocity),
      camera,
    );
    this.reproject = new DisplayStage(renderer, reproject);
    const denoise = new RecurrentDenoiseNode(input(outputOf(reproject).value), camera, {
      depth: input(depth),
      normal: input(normal),
      raw: input(noisy),
    });
    // There is neither a ray's length nor another occlusion in the alpha channel.
    denoise.alphaSource = 'none';
    this.denoise = new DisplayStage(renderer, denoise);
    reproject.setHistoryTexture(denoise);
  }

  get texture(): Texture {
    return this.denoise.node.getRenderTarget().texture;
  }

  resize(size: Size): void {
    this.reproject.resize(size);
    this.denoise.resize(size);
  }

  render(index: number): void {
    if (index === 0) this.reproject.forget();
    this.reproject.render(index);
    this.denoise.render(index);
  }

  dispose(): void {
    this.reproject.dispose();
    this.denoise.dispose();
  }
}
