import type {
  DirectionalLight,
  Light,
  Node,
  Object3D,
  PointLight,
  SpotLight,
  Texture,
  WebGPURenderer,
} from 'three/webgpu';
import {
  DataUtils,
  HalfFloatType,
  NearestFilter,
  RenderTarget as Target,
  Vector3,
} from 'three/webgpu';
import { Fn, vec4 } from 'three/tsl';
import { readAttachment } from './core/gpu-handles';
import type { FrameBuffers, HalfImage, LightState } from './page-api';
import { FullscreenPass, image, pixel } from './pipeline/fullscreen';
import type { Image } from './pipeline/fullscreen';
import { gbufferImages } from './pipeline/gbuffer';
import { guideImages } from './pipeline/guide';
import type { Pipeline } from './pipeline/pipeline';
import { decodeLightingNode, decodeRelitNode } from './pipeline/shading';
import type { LightSize } from './scenes/scene';

/** Reads every input of the current frame back, for captures and tests. */
export async function readFrameBuffers(
  renderer: WebGPURenderer,
  pipeline: Pipeline,
  frame: number,
  timeS: number,
): Promise<FrameBuffers> {
  const images: Record<string, HalfImage> = {};
  const { input, output } = pipeline.size;
  for (const name of gbufferImages)
    images[name] = await readImage(renderer, pipeline.shaded().image(name), input);
  for (const name of guideImages)
    images[`guide-${name}`] = await readImage(renderer, pipeline.guided().image(name), output);
  const lit = image(pipeline.litLighting());
  const litLinear: Image = {
    at: (p) => vec4(decodeLightingNode(lit.at(p).rgb, pipeline.levels.exposure), 1),
  };
  images['lit'] = await readImage(renderer, litLinear, input);
  const occlusion = image(pipeline.demodulate.occlusion);
  const grey: Image = { at: (p) => vec4(occlusion.at(p).rrr, 1) };
  images['ao'] = await readImage(renderer, grey, input);
  const { mirror, bounce } = pipeline.rayLightings();
  for (const [name, texture] of Object.entries({ mirror, bounce }))
    images[name] = await readImage(renderer, lightingOf(texture, pipeline), input);
  const levels = (await readAttachment(renderer, pipeline.levels.target)) as Float32Array;
  const { camera, projection } = pipeline;
  return {
    inputSize: [input.width, input.height],
    outputSize: [output.width, output.height],
    frame,
    timeS,
    exposure: levels[3]!,
    flatAmbient: [levels[0]!, levels[1]!, levels[2]!],
    camera: {
      matrixWorld: camera.matrixWorld.toArray(),
      projectionMatrix: projection.gbuffer.toArray(),
      guideProjectionMatrix: projection.guide.toArray(),
      unjitteredProjectionMatrix: projection.unjittered.toArray(),
    },
    lights: readLights(pipeline.root),
    images,
  };
}

/** TSL: packed lighting as linear L. */
function lightingOf(packed: Texture, { demodulate, levels }: Pipeline): Image {
  const [texel, lit] = [image(packed), image(demodulate.lit)];
  return {
    at: (p) => {
      const { rgb, a } = texel.at(p).toVar() as Node<'vec4'>;
      const relit = decodeRelitNode(rgb, lit.at(p).rgb);
      return vec4(decodeLightingNode(relit, levels.exposure), a);
    },
  };
}

/** Reads an image that is kept in another format, copied into that of the others. */
async function readImage(
  renderer: WebGPURenderer,
  source: Image,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<HalfImage> {
  const target = new Target(width, height, {
    type: HalfFloatType,
    depthBuffer: false,
    minFilter: NearestFilter,
    magFilter: NearestFilter,
  });
  const pass = new FullscreenPass(renderer, 'ReadImage', Fn(() => source.at(pixel()))());
  pass.render(target);
  const data = (await readAttachment(renderer, target)) as Uint16Array;
  pass.dispose();
  target.dispose();
  return { width, height, channels: 4, data };
}

/** Half floats to floats. */
export function widen(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (bits) => DataUtils.fromHalfFloat(bits));
}

/** The visible analytic lights of a scene. */
export function readLights(root: Object3D): LightState[] {
  const lights: LightState[] = [];
  root.traverseVisible((object) => {
    if ((object as Light).isLight) {
      const state = lightState(object as Light);
      if (state) lights.push(state);
    }
  });
  return lights;
}

function lightState(light: Light): LightState | null {
  const type = lightType(light);
  if (!type) return null;
  const position = new Vector3().setFromMatrixPosition(light.matrixWorld);
  const direction = new Vector3(0, -1, 0);
  if (type !== 'point') {
    const { target } = light as SpotLight | DirectionalLight;
    target.updateWorldMatrix(true, false);
    direction.setFromMatrixPosition(target.matrixWorld).sub(position).normalize();
  }
  const { radiusM = 0.05, angularDiameterDeg = 0.53 } = light.userData as LightSize;
  const { r, g, b } = light.color;
  const i = light.intensity;
  return {
    type,
    color: [r * i, g * i, b * i],
    position: position.toArray(),
    direction: direction.toArray(),
    radiusM,
    angularDiameterDeg,
    angleRad: type === 'spot' ? (light as SpotLight).angle : 0,
    penumbra: type === 'spot' ? (light as SpotLight).penumbra : 0,
  };
}

function lightType(light: Light): LightState['type'] | null {
  if ((light as DirectionalLight).isDirectionalLight) return 'directional';
  if ((light as PointLight).isPointLight) return 'point';
  if ((light as SpotLight).isSpotLight) return 'spot';
  return null;
}
