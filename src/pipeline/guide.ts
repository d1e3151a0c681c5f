import { Lighting } from 'three/webgpu';
import type { MRTNode, PerspectiveCamera, RenderTarget, Scene, WebGPURenderer } from 'three/webgpu';
import { mrt } from 'three/tsl';
import {
  MOTION_OUTPUT,
  albedoOutput,
  clearToNothing,
  createTarget,
  emissiveOutput,
  normalOutput,
} from './gbuffer';
import type { MotionTracker } from './motion';

/**
 * Attachments of the guide: W×H, unlit, full assets; meanings as in the G-buffer, except
 * motion.w = the depth in metres that the point had in the last frame.
 */
export const guideImages = ['albedo', 'normal', 'motion', 'emissive'] as const;
export type GuideImage = (typeof guideImages)[number];

/** Draws material, normal, motion and emission at output resolution. Lights are switched off, not multiplied by zero. */
export class Guide {
  readonly target: RenderTarget;
  private readonly unlit = new Lighting();
  private readonly outputs: MRTNode;

  constructor(
    private readonly renderer: WebGPURenderer,
    motion: MotionTracker,
  ) {
    this.unlit.enabled = false;
    this.target = createTarget('Guide', guideImages, true);
    this.outputs = mrt({
      albedo: albedoOutput(),
      normal: normalOutput(),
      [MOTION_OUTPUT]: motion.node(),
      emissive: emissiveOutput(),
    });
    clearToNothing(this.outputs);
  }

  texture(image: GuideImage) {
    return this.target.textures[guideImages.indexOf(image)]!;
  }

  resize(width: number, height: number): void {
    this.target.setSize(width, height);
  }

  render(scene: Scene, camera: PerspectiveCamera): void {
    const { renderer } = this;
    const outer = renderer.lighting;
    renderer.lighting = this.unlit;
    renderer.setMRT(this.outputs);
    renderer.setRenderTarget(this.target);
    renderer.render(scene, camera);
    renderer.setRenderTarget(null);
    renderer.setMRT(null);
    renderer.lighting = outer;
  }

  dispose(): void {
    this.target.dispose();
    this.unlit.dispose();
  }
}
