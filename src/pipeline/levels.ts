import { FloatType, NearestFilter, RenderTarget } from 'three/webgpu';
import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { Fn, Loop, float, int, ivec2, log2, max, uniform, vec2, vec3, vec4 } from 'three/tsl';
import type { FrameUniforms } from './frame-uniforms';
import { cosineToView, viewRay } from './frame-uniforms';
import { FullscreenPass, image } from './fullscreen';
import { surfaceOf } from './gbuffer';
import type { GBuffer } from './gbuffer';
import type { Probes } from './probes';
import { luminanceOf, materialFactorNode } from './shading';

/** The frame is sampled on a grid of this many points; more changes the mean by less than its drift between frames. */
const GRID = [32, 18] as const;
/**
 * Share of the new value a frame: about half a second to follow a change of light at 60 fps. An exposure that is off by
 * more than a twentieth of a stop moves by as large a share as it is off, so that a cut is over in a few frames.
 */
const ADAPTATION = 0.05;

/** Below any exposure of the network: images hold radiance up to 65,504. Before the very first frame it is 0. */
export const LEAST_EXPOSURE = 1e-6;

/**
 * Frame-wide scalars, one texel of RGBA float: rgb = flat ambient lighting (the probe grid's average),
 * a = network exposure e = 1 / mean luminance of the lit lighting, smoothed over time.
 */
export class Levels {
  readonly target = createTexel();
  /** TSL: network exposure of the frame, 1 / its mean lighting. One node for all, so that no shader binds its texture twice. */
  readonly exposure: Node<'float'> = image(this.target.texture).at(ivec2(0, 0)).a;
  /** TSL: flat ambient lighting. */
  readonly ambient: Node<'vec3'> = image(this.target.texture).at(ivec2(0, 0)).rgb;
  /** Levels of the frame before: a copy, so that readers always find the new ones in the same texture. */
  private readonly before = createTexel();
  private readonly pass: FullscreenPass;
  private readonly rate = uniform(1);

  constructor(
    private readonly renderer: WebGPURenderer,
    gbuffer: GBuffer,
    probes: Probes,
    frame: FrameUniforms,
  ) {
    renderer.initRenderTarget(this.target);
    renderer.initRenderTarget(this.before);
    this.pass = new FullscreenPass(renderer, 'Levels', this.node(gbuffer, probes, frame));
  }

  get texture(): Texture {
    return this.target.texture;
  }

  /** The same of the frame before. */
  get previous(): Texture {
    return this.before.texture;
  }

  /** Starts a frame: the levels that are there become those of the frame before. */
  advance(): void {
    this.renderer.copyTextureToTexture(this.texture, this.before.texture);
  }

  /** `reset` takes the frame's own value at once. */
  render(reset: boolean): void {
    this.rate.value = reset ? 1 : ADAPTATION;
    this.pass.render(this.target);
  }

  private node(gbuffer: GBuffer, probes: Probes, frame: FrameUniforms): Node<'vec4'> {
    const previous = image(this.before.texture);
    const [light, albedo, normal, probe] = (['light', 'albedo', 'normal', 'probe'] as const).map(
      (name) => gbuffer.image(name),
    );
    return Fn(() => {
      const sum = vec2(0).toVar();
      Loop(GRID[0] * GRID[1], ({ i }) => {
        const cell = vec2(float(i.mod(GRID[0])), float(i.div(GRID[0]))).add(0.5);
        const at = ivec2(cell.div(vec2(...GRID)).mul(frame.inputSizePx)).toVar();
        const base = albedo!.at(at).toVar();
        const n = normal!.at(at).toVar();
        const ray = viewRay(vec2(at), frame.inputSizePx, frame.gbufferProjection);
        const factor = materialFactorNode(base.rgb, base.a, n.a, cosineToView(n.xyz, ray));
        const lit = light!.at(at).rgb.div(factor).add(probe!.at(at).rgb);
        const surface = surfaceOf(n);
        sum.addAssign(vec2(luminanceOf(lit).mul(surface), surface));
      });
      // Nothing but sky: any exposure does.
      const mean = sum.y.greaterThan(0).select(sum.x.div(max(sum.y, float(1))), float(1));
      const exposure = float(1)
        .div(max(mean, float(1e-6)))
        .toVar();
      const now = vec4(averageAmbient(probes), exposure);
      const before = previous.at(ivec2(0, 0)).toVar();
      const stops = log2(max(exposure, float(1e-6)).div(max(before.a, float(1e-6)))).abs();
      const rate = max(this.rate, stops.min(1)).toVar();
      // Not mix(), which may round to the precision of the old value: after a cut that can be any number.
      return before.mul(rate.oneMinus()).add(now.mul(rate));
    })();
  }

  dispose(): void {
    this.target.dispose();
    this.before.dispose();
    this.pass.dispose();
  }
}

const createTexel = (): RenderTarget =>
  new RenderTarget(1, 1, {
    type: FloatType,
    depthBuffer: false,
    minFilter: NearestFilter,
    magFilter: NearestFilter,
  });

/**
 * TSL: mean radiance over the probes in the scene, i.e. the level a constant ambient light would need. Probes that stand deep
 * inside something are exactly black, and say nothing; those around the scene count only where all others are.
 */
function averageAmbient(probes: Probes): Node<'vec3'> {
  return Fn(() => {
    const { x, y, z } = probes.resolution;
    const count = int(x.mul(y).mul(z)).toVar();
    const within = vec4(0).toVar();
    const around = vec4(0).toVar();
    const last = probes.resolution.sub(1).sub(probes.margin).toVar();
    Loop({ start: int(0), end: count, type: 'int', condition: '<' }, ({ i }) => {
      const cell = probes.cellOf(int(i).toVar());
      const light = probes.meanAt(cell).toVar();
      const isLit = light.r.add(light.g).add(light.b).greaterThan(0);
      const one = vec4(light, 1)
        .mul(isLit.select(float(1), float(0)))
        .toVar();
      const inner = cell.clamp(vec3(probes.margin), last).sub(cell).length().equal(0);
      within.addAssign(inner.select(one, vec4(0)));
      around.addAssign(one);
    });
    const sum = within.a.greaterThan(0).select(within, around).toVar();
    return sum.rgb.div(max(sum.a, float(1)));
  })();
}
