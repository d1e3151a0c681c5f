import type { Node } from 'three/webgpu';
import { Loop, exp2, float, int, log2, max, min, vec2, vec3, vec4 } from 'three/tsl';
import type { FrameUniforms } from './frame-uniforms';
import { viewRay } from './frame-uniforms';
import type { GBuffer } from './gbuffer';
import { luminanceOf } from './shading';
import type { World } from './world';

/** Share of its light by which a pixel of the accumulated picture may lag behind. */
const TOLERANCE = 0.04;
/** The most frames a picture is made of, and how many octaves fewer at least. */
const MOST_FRAMES = 40;
const OCTAVES = 3.5;
/** Share of what a moving shadow changes that counts: edges are thin, and with few frames not smooth. */
const SHADOW_SHARE = 0.1;

interface Sources {
  readonly gbuffer: GBuffer;
  readonly frame: FrameUniforms;
  readonly world: World;
}

/**
 * TSL: by how much more analytic lights lit a pixel in the last frame, before they moved, turned or changed, as a share of what
 * they do now (rgb), and the luminance of the lighting L that all of these changes are, their signs aside. Exact, unlike what
 * pictures tell, whose noise changes as much; but it knows nothing of glowing surfaces. `passing` is the same for the shadows of lights
 * that move, where the pixel is in a penumbra. Call inside `Fn`.
 */
export function lightChangeNode({ gbuffer, frame, world }: Sources, at: Node<'ivec2'>) {
  const { lights } = world;
  const shape = gbuffer.image('normal').at(at).toVar();
  const light = gbuffer.shadowShare().at(at).toVar();
  const ray = viewRay(vec2(at), frame.inputSizePx, frame.gbufferProjection);
  const point = frame.cameraWorld.mul(vec4(ray.mul(gbuffer.depthAt(at)), 1)).xyz.toVar();
  const normal = frame.cameraWorld.mul(vec4(shape.xyz, 0)).xyz.toVar();
  const lost = vec3(0).toVar();
  const brought = vec3(0).toVar();
  const change = float(0).toVar();
  const passing = float(0).toVar();
  Loop(lights.changedCount, ({ i }) => {
    const index = int(i).toVar();
    const [now, before] = [lights, lights.before].map((of) => {
      const { direction, irradiance } = of.at(index, point);
      return irradiance.mul(max(normal.dot(direction), float(0))).toVar();
    });
    const less = before!.sub(now!).toVar();
    brought.addAssign(now!);
    lost.addAssign(less);
    change.addAssign(luminanceOf(less).abs());
    const shift = min(lights.shiftOf(index).mul(SHADOW_SHARE), float(1));
    passing.addAssign(luminanceOf(now!).mul(shift));
  });
  return {
    lost: lost.div(max(brought, vec3(1e-20))).clamp(-1, 1),
    change: change.mul(light.a).div(Math.PI),
    passing: passing.div(Math.PI),
  };
}

/** TSL: a change as a share of the light, in [0,1], logarithmic, so that two bits will do: 0 = 1/1000 and less, 1 = 1/90 and more. */
export const encodeChange = (change: Node<'float'>): Node<'float'> =>
  log2(max(change, float(1e-6)).mul(MOST_FRAMES / TOLERANCE)).div(OCTAVES).clamp(0, 1); // prettier-ignore

/** TSL: log2, in [-1,1], of how many times the light is that it was before it lost so much (negative: gained). */
export const gainOf = (light: Node<'vec3'>, lost: Node<'vec3'>): Node<'vec3'> =>
  log2(max(lost.div(max(light, vec3(1e-20))).add(1), vec3(1e-6)))
    .negate()
    .clamp(-1, 1);

/** TSL: ℓ of light of which all but the direct one, 2^ℓ, has since become 2^gain times as much. */
export const gained = (log: Node<'vec3'>, direct: Node<'vec3'>, gain: Node<'vec3'>): Node<'vec3'> =>
  log2(max(direct.add(exp2(log).sub(direct).mul(exp2(gain))), vec3(1)));

/** TSL: frames of which a pixel whose light changes so fast may be made. */
export const framesFor = (encoded: Node<'float'>): Node<'float'> =>
  exp2(encoded.mul(-OCTAVES)).mul(MOST_FRAMES);
