import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { Fn, exp, exp2, float, log2, max, min, mix, mrt, uniform, vec3, vec4 } from 'three/tsl';
import type { Candidates } from './candidates';
import type { Demodulate } from './demodulate';
import type { FrameUniforms } from './frame-uniforms';
import { FullscreenPass, image, pixel } from './fullscreen';
import { createTarget } from './gbuffer';
import type { Gather } from './gather';
import type { GBuffer } from './gbuffer';
import type { History, Memory } from './history';
import { encodeChange, gained, lightChangeNode } from './light-change';
import { encodeLogChange, setFormat } from './packed';
import { RESOLVE, encodeEdges, neutralEdges } from './resolve';
import type { Levels } from './levels';
import { decodeLightingNode, decodeRelitNode, directLight, luminanceOf } from './shading';
import type { ShadowRays } from './shadow-rays';
import type { World } from './world';

/**
 * Lighting for the resolve, both w×h: rgb ℓ and the packed edge-stopping exponents (normal, depth, width),
 * a = how fast analytic lights change it ({@link encodeChange}). And the gain, half as large: rgb = log2 of how many times its light
 * of the last frame a place has, as far as lamps have changed it.
 */
export interface Lighting {
  readonly lighting: Texture;
  readonly edges: Texture;
  readonly gain: Texture;
  readonly mirrors: MirrorLighting | null;
}

/** What is left of a lighting where {@link Mirrors} show the rest. */
export interface MirrorLighting {
  /** By how much ℓ is more than that of the direct light (`encodeLogChange`), w×h. */
  readonly indirect: Texture;
  /** How much of the picture mirrors may change [0,1]. */
  readonly share: number;
}

/** Lighting as it is, of which nothing else is known. */
export const plain = (lighting: Texture): Lighting => ({
  lighting,
  edges: neutralEdges,
  gain: neutralEdges,
  mirrors: null,
});

/**
 * What the network says about each low-resolution pixel, three outputs each but for the last:
 * - residual: added to ℓ, that is, stops
 * - edges: edge-stopping exponents of the resolve: normal, depth, width
 * - shares (two): how much of the mirror and bounce lighting to take instead of lit, before the logistic function
 */
export interface Prediction {
  /** TSL: an output of the network at a pixel, in the contract's order. */
  output(index: number, pixel: Node<'ivec2'>): Node<'float'>;
}

/** The first output of each. */
const FIRST = { residual: 0, edges: 3, shares: 6 } as const;
/** After them, for a network with a memory: how much of its history to keep, before the logistic function. */
const HISTORY_SHARE = 8;

/**
 * The network may soften edges of normals and depth where that suits single frames; over many, jitter does it, and what is curved
 * would lose its shading.
 */
const LEAST_EDGES = vec3(0, 0, -RESOLVE.edgeLimit);

/** The lightings that the network chooses between. */
export interface LightingSources {
  readonly gbuffer: GBuffer;
  readonly demodulate: Demodulate;
  readonly shadowRays: ShadowRays;
  readonly gather: Gather;
  readonly candidates: Candidates;
  readonly history: History;
  readonly levels: Levels;
  readonly frame: FrameUniforms;
  readonly world: World;
}

const sigmoid = (logit: Node<'float'>): Node<'float'> => float(1).div(exp(logit.negate()).add(1));

/**
 * The residual leads out of the range of the lightings by no more than that range is wide, and a little (ℓ): where rays
 * agree, as in a white world, there is nothing to add to them.
 */
const LEAST_MARGIN = 0.02;

/**
 * The network learns to leave rays for what is likely wherever that suits single frames. The picture is a mean over many, whose
 * noise is less and whose bias stays: half of what the network changes of rays is best, and nothing of it on metals, which show what
 * rays find and nothing else.
 */
const TRUST = 0.5;

/** TSL: relit ℓ of a pixel from the lightings (ℓ) and the network's prediction, as far as that is trusted: 0 = rays alone. */
export function relitNode(
  lit: Node<'vec3'>,
  candidates: readonly Node<'vec3'>[],
  residual: Node<'vec3'>,
  logits: readonly Node<'float'>[],
  trust: Node<'float'> = float(1),
): Node<'vec3'> {
  const light = exp2(lit).toVar();
  const share = (i: number) => mix(float(1), sigmoid(logits[i]!), trust);
  const moved = candidates.map((one, i) => exp2(one).sub(light).mul(share(i)));
  const total = moved.reduce((sum, change) => sum.add(change), light);
  const free = log2(max(total, vec3(1))).add(residual.mul(trust));
  const least = candidates.reduce((a, b) => min(a, b), lit).toVar();
  const most = candidates.reduce((a, b) => max(a, b), lit).toVar();
  const width = most.sub(least).toVar();
  const margin = max(width.r, max(width.g, width.b)).add(LEAST_MARGIN).toVar();
  return max(min(max(free, least.sub(margin)), most.add(margin)), vec3(0));
}

/** TSL: mean of two lightings, both ℓ, as light. */
const mixLight = (a: Node<'vec3'>, b: Node<'vec3'>, share: Node<'float'>): Node<'vec3'> =>
  log2(mix(exp2(a), exp2(b), share));

/**
 * Puts the relit lighting together: lit + Σ share · (candidate − lit) as light, times 2^residual, kept near the range of the
 * lightings and never below 0, at most {@link TRUST} of the way there from what rays found, and moved towards the history by share and
 * validity for a network with a memory. Below an intensity of 1 a second pass mixes: ℓ' = raw + intensity · (relit − raw), and the
 * same for the edges. At intensity 0 the result is the raw lighting bit for bit, so the resolve cannot tell them apart. Python:
 * workshop/network.py `compose`.
 */
export class Compose implements Lighting {
  private readonly target;
  /** On the GPU only once it has been drawn. */
  private readonly mixed = createTarget('Compose.mix', ['lighting'], false);
  private readonly intensity = uniform(1);
  private readonly raw = image(neutralEdges);
  private readonly mixPass: FullscreenPass;
  private pass: FullscreenPass | null = null;

  constructor(
    private readonly renderer: WebGPURenderer,
    private readonly sources: LightingSources,
    private readonly prediction: Prediction,
    /** Also keeps what the next frame's history is made of. */
    private readonly remembers = false,
  ) {
    const images = ['relit', 'edges', ...(remembers ? ['shape', 'indirect'] : [])];
    this.target = createTarget('Compose', images, false);
    setFormat(renderer, this.edges, 'rgb10a2');
    const { shape, indirect } = this.memory ?? {};
    for (const one of [shape, indirect]) if (one) setFormat(renderer, one, 'rgb10a2');
    const relit = image(this.relit);
    this.mixPass = new FullscreenPass(
      renderer,
      'Compose.mix',
      Fn(() => mix(this.raw.at(pixel()), relit.at(pixel()), this.intensity))(),
    );
  }

  get lighting(): Texture {
    return this.intensity.value < 1 ? this.mixed.texture : this.relit;
  }

  /** rgb relit ℓ, a = depth in metres, 0 on background. */
  private get relit(): Texture {
    return this.target.textures[0]!;
  }

  get edges(): Texture {
    return this.target.textures[1]!;
  }

  /** Of the raw lighting nothing is known. */
  get gain(): Texture {
    return this.intensity.value < 1 ? neutralEdges : this.sources.gather.gain;
  }

  /** Null for a network without a memory, which does not ask what is direct, and at intensity 0. */
  get mirrors(): MirrorLighting | null {
    const { indirect } = this.memory ?? {};
    const { value: share } = this.intensity;
    return indirect && share > 0 ? { indirect, share } : null;
  }

  /** What this frame leaves to the next; null where nobody asks. */
  get memory(): Memory | null {
    const [relit, , shape, indirect] = this.target.textures;
    return relit && shape && indirect ? { relit, indirect, shape } : null;
  }

  resize(width: number, height: number): void {
    this.target.setSize(width, height);
    this.mixed.setSize(width, height);
    // What holds the network's output has been made anew, too.
    this.pass?.dispose();
    this.pass = new FullscreenPass(this.renderer, 'Compose', this.node(this.sources));
  }

  /** `raw` is the raw lighting, or null at intensity 1, where nothing of it is left. */
  render(intensity: number, raw: Texture | null): void {
    this.intensity.value = intensity;
    this.pass?.render(this.target);
    if (!raw) return;
    this.raw.set(raw);
    this.mixPass.render(this.mixed);
  }

  private node(sources: LightingSources): Node {
    const { gbuffer, demodulate, gather, candidates, history, levels } = sources;
    const output = (index: number) => this.prediction.output(index, pixel());
    const three = (first: number): Node<'vec3'> =>
      vec3(output(first), output(first + 1), output(first + 2));
    const litImage = image(demodulate.lit);
    const choices = [candidates.mirror, candidates.bounce].map((one) => image(one));
    // As the G-buffer packs it: kept for the next frame.
    const shape = image(gbuffer.texture('normal')).at(pixel()).toVar();
    const direct = Fn(() => {
      const probe = gbuffer.image('probe').at(pixel()).rgb;
      return directLight(litImage.at(pixel()).rgb, probe, levels.exposure);
    })().toVar();
    const relit = Fn(() => {
      const lit = litImage.at(pixel()).rgb.toVar();
      const encoded = choices.map((candidate) => decodeRelitNode(candidate.at(pixel()).rgb, lit));
      const logits = [output(FIRST.shares), output(FIRST.shares + 1)];
      const residual = three(FIRST.residual);
      const { a: metalness } = gbuffer.image('albedo').at(pixel());
      const trust = metalness.oneMinus().mul(TRUST);
      const relit = relitNode(lit, encoded, residual, logits, trust);
      if (!this.remembers) return relit;
      const past = image(history.texture).at(pixel()).toVar();
      const share = sigmoid(output(HISTORY_SHARE));
      const gain = image(gather.gain).at(pixel().div(2)).rgb;
      return mixLight(relit, gained(past.rgb, direct, gain), share.mul(past.a));
    })().toVar();
    return mrt({
      relit: vec4(relit, gbuffer.depthAt(pixel())),
      edges: Fn(() => {
        const lit = decodeLightingNode(litImage.at(pixel()).rgb, levels.exposure);
        const { change, passing } = lightChangeNode(sources, pixel().toVar());
        const shadows = passing.mul(sources.shadowRays.penumbraAt(pixel()));
        const share = change.add(shadows).div(max(luminanceOf(lit), float(1e-6)));
        const edges = encodeEdges(max(three(FIRST.edges), LEAST_EDGES).mul(this.intensity));
        return vec4(edges, encodeChange(share).mul(this.intensity));
      })(),
      ...(this.remembers && {
        shape,
        indirect: vec4(encodeLogChange(relit.sub(log2(direct))), 1),
      }),
    });
  }

  dispose(): void {
    [this.target, this.mixed, this.mixPass].forEach((part) => part.dispose());
    this.pass?.dispose();
  }
}
