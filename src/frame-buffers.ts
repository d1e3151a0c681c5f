import type {
  DirectionalLight,
  Light,
  Object3D,
  PointLight,
  RenderTarget,
  SpotLight,
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
import type { LightSize } from './scenes/scene';

/** Reads every input of the current frame back, for captures and tests. */
export async function readFrameBuffers(
  renderer: WebGPURenderer,
  pipeline: Pipeline,
  frame: number,
  timeS: number,
): Promise<FrameBuffers> {
  const images: Record<string, HalfImage> = {};
  await readAll(renderer, pipeline.gbuffer.target, gbufferImages, images);
  for (const name of guideImages) {
    const unpacked = pipeline.guided().image(name);
    images[`guide-${name}`] = await readImage(renderer, unpacked, pipeline.size.output);
  }
  pipeline.litLighting();
  const occlusion = image(pipeline.demodulate.occlusion);
  const grey: Image = { at: (p) => vec4(occlusion.at(p).rrr, 1) };
  images['ao'] = await readImage(renderer, grey, pipeline.size.input);
  const { input } = pipeline.size;
  const { contact } = pipeline.traced();
  const { mirror, bounce } = pipeline.rayLightings();
  for (const [name, texture] of Object.entries({ contact, mirror, bounce }))
    images[name] = await readImage(renderer, image(texture), input);
  const levels = (await readAttachment(renderer, pipeline.levels.target)) as Float32Array;
  const { output } = pipeline.size;
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

async function readAll(
  renderer: WebGPURenderer,
  target: RenderTarget,
  names: readonly string[],
  images: Record<string, HalfImage>,
): Promise<void> {
  const { width, height } = target;
  const read = names.map((_, i) => readAttachment(renderer, target, i));
  (await Promise.all(read)).forEach((data, i) => {
    images[names[i]!] = { width, height, channels: 4, data: data as Uint16Array };
  });
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
