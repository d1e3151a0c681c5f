import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { Fn, exp, ivec2, max, mix, mrt, uniform, vec3, vec4 } from 'three/tsl';
import type { Demodulate } from './demodulate';
import { FullscreenPass, image, pixel } from './fullscreen';
import type { Gather } from './gather';
import { createTarget } from './gbuffer';
import type { Levels } from './levels';
import { encodeLightingNode } from './shading';
import type { Trace } from './trace';

/** Lighting for the resolve, both w×h: rgb ℓ and the edge-stopping exponents (normal, depth, width). */
export interface Lighting {
  readonly lighting: Texture;
  readonly edges: Texture;
}

/** What the network says about each low-resolution pixel, as RGB of three images (at least w×h). */
export interface Prediction {
  /** Added to ℓ. */
  readonly residual: Texture;
  /** Edge-stopping exponents of the resolve: normal, depth, width. */
  readonly edges: Texture;
  /** How much of the contact, mirror and bounce lighting to take instead of lit, before the logistic function. */
  readonly shares: Texture;
}

/** The lightings that the network chooses between. */
export interface LightingSources {
  readonly demodulate: Demodulate;
  readonly trace: Trace;
  readonly gather: Gather;
  readonly levels: Levels;
}

/** TSL: relit ℓ of a pixel from the lightings (ℓ) and the network's prediction. */
export function relitNode(
  lit: Node<'vec3'>,
  candidates: readonly Node<'vec3'>[],
  residual: Node<'vec3'>,
  logits: Node<'vec3'>,
): Node<'vec3'> {
  const share = vec3(1).div(exp(logits.negate()).add(1)).toVar();
  const shares = [share.x, share.y, share.z];
  const moved = candidates.map((candidate, i) => candidate.sub(lit).mul(shares[i]!));
  return max(
    moved.reduce((sum, change) => sum.add(change), lit.add(residual)),
    vec3(0),
  );
}

/**
 * Puts the relit lighting together: relit = lit + Σ share · (candidate − lit) + residual, in ℓ and never below 0, and
 * applies the controls: ℓ' = raw + intensity · (relit − raw), and the same for the edges. At intensity 0 the result is
 * the raw lighting bit for bit, so the resolve cannot tell them apart. Python: workshop/network.py `compose`.
 */
export class Compose implements Lighting {
  readonly target = createTarget('Compose', ['lighting', 'edges'], false);
  readonly intensity = uniform(1);
  private readonly pass: FullscreenPass;
  private readonly predicted;

  constructor(renderer: WebGPURenderer, sources: LightingSources, prediction: Prediction) {
    this.predicted = {
      residual: image(prediction.residual),
      edges: image(prediction.edges),
      shares: image(prediction.shares),
    };
    this.pass = new FullscreenPass(renderer, 'Compose', this.node(sources));
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
  render(prediction: Prediction, intensity: number): void {
    const { residual, edges, shares } = this.predicted;
    residual.set(prediction.residual);
    edges.set(prediction.edges);
    shares.set(prediction.shares);
    this.intensity.value = intensity;
    this.pass.render(this.target);
  }

  private node({ demodulate, trace, gather, levels }: LightingSources): Node {
    const levelImage = image(levels.texture);
    const { residual, edges, shares } = this.predicted;
    const rawImage = image(demodulate.raw);
    const litImage = image(demodulate.lit);
    const candidates = [trace.contact, trace.mirror, gather.bounce].map((texture) =>
      image(texture),
    );
    const base = Fn(() => rawImage.at(pixel()))().toVar();
    const relit = Fn(() => {
      const exposure = levelImage.at(ivec2(0, 0)).a.toVar();
      const lit = litImage.at(pixel()).rgb.toVar();
      const encoded = candidates.map((candidate) =>
        encodeLightingNode(candidate.at(pixel()).rgb, exposure).mul(base.a),
      );
      return relitNode(lit, encoded, residual.at(pixel()).rgb, shares.at(pixel()).rgb);
    })();
    return mrt({
      lighting: vec4(mix(base.rgb, relit, this.intensity), base.a),
      edges: vec4(edges.at(pixel()).rgb.mul(this.intensity), 0),
    });
  }

  dispose(): void {
    this.target.dispose();
    this.pass.dispose();
  }
}
