import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { Fn, mix, mrt, uniform, vec4 } from 'three/tsl';
import { FullscreenPass, image, pixel } from './fullscreen';
import { createTarget } from './gbuffer';

/** Lighting for the resolve, both w×h: rgb ℓ and the edge-stopping exponents (normal, depth, width). */
export interface Lighting {
  readonly lighting: Texture;
  readonly edges: Texture;
}

/**
 * Applies the controls to the network's output: ℓ' = raw + intensity · (relit − raw), and the same for the edges.
 * At intensity 0 the result is the raw lighting bit for bit, so the resolve cannot tell them apart.
 */
export class Compose implements Lighting {
  readonly target = createTarget('Compose', ['lighting', 'edges'], false);
  readonly intensity = uniform(1);
  private readonly pass: FullscreenPass;
  private readonly relit;
  private readonly predictedEdges;

  constructor(renderer: WebGPURenderer, raw: Texture, relit: Lighting) {
    const rawImage = image(raw);
    this.relit = image(relit.lighting);
    this.predictedEdges = image(relit.edges);
    const fragment = (): Node => {
      const base = Fn(() => rawImage.at(pixel()))().toVar();
      return mrt({
        lighting: vec4(mix(base.rgb, this.relit.at(pixel()).rgb, this.intensity), base.a),
        edges: vec4(this.predictedEdges.at(pixel()).rgb.mul(this.intensity), 0),
      });
    };
    this.pass = new FullscreenPass(renderer, 'Compose', fragment());
  }

  get lighting(): Texture {
    return this.target.textures[0]!;
  }

  get edges(): Texture {
    return this.target.textures[1]!;
  }

  resize(width: number, height: number): void {
    this.target.setSize(width, height);
  }

  /** Reads the newest network output, whose textures may have been recreated by a resize. */
  render(relit: Lighting, intensity: number): void {
    this.relit.set(relit.lighting);
    this.predictedEdges.set(relit.edges);
    this.intensity.value = intensity;
    this.pass.render(this.target);
  }

  dispose(): void {
    this.target.dispose();
    this.pass.dispose();
  }
}
