import { Matrix4, Vector4 } from 'three/webgpu';
import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { Fn, exp2, ivec2, uniform, vec4 } from 'three/tsl';
import type { Demodulate } from './demodulate';
import type { FrameUniforms } from './frame-uniforms';
import { FullscreenPass, image, pixel } from './fullscreen';
import { createTarget, surfaceOf, unpackShape } from './gbuffer';
import type { GBuffer } from './gbuffer';
import type { Levels } from './levels';
import { decodeLogChange } from './packed';
import { historyNode } from './reproject';
import type { HistoryInputs } from './reproject';
import { neutralEdges } from './resolve';
import { directLight } from './shading';

/** Channels of the network that this stage makes. */
export const historyChannels = ['history_r', 'history_g', 'history_b', 'history_valid'] as const;

/** Whether a network asks for what this stage makes. */
export const wantsHistory = (inputs: readonly string[]): boolean =>
  historyChannels.some((name) => inputs.includes(name));

/**
 * What a frame leaves to the next, w×h: rgb relit ℓ with a = depth in metres (0 = none), by how much that is more than ℓ of the
 * direct light (`encodeLogChange`), and the G-buffer's normals as it packs them.
 */
export interface Memory {
  readonly relit: Texture;
  readonly indirect: Texture;
  readonly shape: Texture;
}

/**
 * The network's memory, w×h, RGBA half float: rgb = ℓ of the direct light with the indirect light of the last frame, moved to this
 * frame's surfaces, a = validity; all 0 after a cut or a frame without the network, and for networks that do not ask for it. Reflections of
 * what the picture shows read it, too.
 */
export class History {
  readonly target = createTarget('History', ['history'], false);
  private readonly relitBefore = image(neutralEdges);
  private readonly indirectBefore = image(neutralEdges);
  private readonly normalBefore = image(neutralEdges);
  private readonly projectionBefore = uniform(new Vector4(1, 1, 0, 0));
  private readonly toBefore = uniform(new Matrix4());
  private readonly validity = uniform(0);
  private readonly pass: FullscreenPass;
  private readonly last = { world: new Matrix4(), terms: new Vector4() };
  private isKept = false;
  private isWarm = false;
  /** Whether the image is all 0 already. */
  private isBlank = false;

  constructor(
    renderer: WebGPURenderer,
    gbuffer: GBuffer,
    demodulate: Demodulate,
    levels: Levels,
    private readonly frame: FrameUniforms,
  ) {
    this.pass = new FullscreenPass(renderer, 'History', this.node(gbuffer, demodulate, levels));
  }

  get texture(): Texture {
    return this.target.texture;
  }

  resize(width: number, height: number): void {
    this.target.setSize(width, height);
    this.isKept = false;
    this.isBlank = false;
  }

  /** Starts a frame: memory is good for the frame right after the one that left it. */
  start(reset: boolean): void {
    this.isWarm = this.isKept && !reset;
    this.isKept = false;
  }

  /** Moves what the last frame left, or nothing; once a frame, and before it is drawn over. */
  render(memory: Memory | null): void {
    const isWarm = this.isWarm && memory !== null;
    this.isWarm = false;
    this.follow();
    if (!isWarm && this.isBlank) return;
    this.isBlank = !isWarm;
    if (memory) {
      this.relitBefore.set(memory.relit);
      this.indirectBefore.set(memory.indirect);
      this.normalBefore.set(memory.shape);
    }
    this.validity.value = isWarm ? 1 : 0;
    this.pass.render(this.target);
  }

  /** This frame leaves a memory to the next. */
  keep(): void {
    this.isKept = true;
  }

  /** Whatever was left is another network's. */
  forget(): void {
    this.isKept = false;
    this.isWarm = false;
  }

  /** Takes the camera's motion since the last call. */
  private follow(): void {
    const { frame, last } = this;
    this.toBefore.value.copy(last.world).invert().multiply(frame.cameraWorld.value);
    this.projectionBefore.value.copy(last.terms);
    last.world.copy(frame.cameraWorld.value);
    last.terms.copy(frame.gbufferProjection.value);
  }

  private node(gbuffer: GBuffer, demodulate: Demodulate, levels: Levels): Node<'vec4'> {
    const { frame } = this;
    const [lit, probe] = [image(demodulate.lit), gbuffer.image('probe')];
    const normal = gbuffer.image('normal');
    const exposureBefore = image(levels.previous).at(ivec2(0, 0)).a;
    const inputs: HistoryInputs = {
      motion: gbuffer.image('motion'),
      normal,
      direct: {
        at: (p) => vec4(directLight(lit.at(p).rgb, probe.at(p).rgb, levels.exposure), 1),
      },
      indirectBefore: {
        at: (p) => {
          const relit = this.relitBefore.at(p).toVar();
          const more = decodeLogChange(this.indirectBefore.at(p).rgb);
          return vec4(exp2(relit.rgb).sub(exp2(relit.rgb.sub(more))), relit.a);
        },
      },
      normalBefore: { at: (p) => unpackShape(this.normalBefore.at(p).toVar()) },
      inputSizePx: frame.inputSizePx,
      outputSizePx: frame.outputSizePx,
      projection: frame.gbufferProjection,
      projectionBefore: this.projectionBefore,
      toBefore: this.toBefore,
      shiftPx: frame.jitterShiftPx,
      exposureRatio: levels.exposure.div(exposureBefore),
    };
    return Fn(() => {
      const found = historyNode(inputs, pixel().toVar()).toVar();
      const kept = this.validity.mul(surfaceOf(normal.at(pixel()))).greaterThan(0.5);
      return kept.select(found, vec4(0));
    })();
  }

  dispose(): void {
    this.target.dispose();
    this.pass.dispose();
  }
}
