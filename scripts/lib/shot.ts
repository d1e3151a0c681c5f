import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportedScene, FrameBuffers, HalfImage } from '../../src/page-api';
import { writeNpy } from './npy';

/** One frame of shot.json; matrices are column-major. */
export interface ShotFrame {
  readonly frame: number;
  readonly timeS: number;
  /** Whether the folder of the frame holds guide images and a full-size target is wanted. */
  readonly guide: boolean;
  /** Drawn right after the frame before it: its motion and exposure lead there. */
  readonly continues: boolean;
  readonly exposure: number;
  readonly flatAmbient: FrameBuffers['flatAmbient'];
  readonly camera: FrameBuffers['camera'];
  readonly lights: FrameBuffers['lights'];
  /** World matrix of each mesh of the GLB by its name. */
  readonly nodes: ExportedScene['nodes'];
  /** Radiance of the glowing ones at this frame. */
  readonly emissive: ExportedScene['emissive'];
}

/** shot.json: everything the path tracer needs beside the GLB. */
export interface Shot {
  readonly scene: string;
  /** Width and height of the low-detail frame. */
  readonly inputSize: FrameBuffers['inputSize'];
  /** Width and height of the picture. */
  readonly outputSize: FrameBuffers['outputSize'];
  readonly quality: string;
  readonly environment: string | null;
  readonly glb: string;
  readonly frames: readonly ShotFrame[];
}

/** Images of the low-detail frame that a shot keeps. */
const inputImages = [
  'light',
  'unshadowed',
  'albedo',
  'normal',
  'motion',
  'probe',
  'emissive',
  'ao',
  'lit',
  'mirror',
  'bounce',
];
const guideImages = ['guide-albedo', 'guide-normal', 'guide-motion', 'guide-emissive'];

/** Folder of a frame inside a shot or an evaluation. */
export function frameFolder(frame: number): string {
  return `frame-${String(frame).padStart(4, '0')}`;
}

/** Puts together what shot.json says about a frame. */
export function describeFrame(
  buffers: FrameBuffers,
  exported: ExportedScene,
  options: { readonly frame?: number; readonly guide: boolean; readonly continues?: boolean },
): ShotFrame {
  const { timeS, exposure, flatAmbient, camera, lights } = buffers;
  const { frame = buffers.frame, guide, continues = false } = options;
  const { nodes, emissive } = exported;
  return { frame, timeS, guide, continues, exposure, flatAmbient, camera, lights, nodes, emissive };
}

/** Writes a frame's images as float16 .npy, (height, width, 4), top row first. */
export async function writeFrameImages(
  folder: string,
  buffers: FrameBuffers,
  guide: boolean,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of guide ? [...inputImages, ...guideImages] : inputImages) {
    const { width, height, data } = imageOf(buffers, name);
    await writeNpy(join(folder, `${name}.npy`), { shape: [height, width, 4], data });
  }
}

function imageOf(buffers: FrameBuffers, name: string): HalfImage {
  const image = buffers.images[name];
  if (!image) throw new Error(`demo.buffers() has no image '${name}'`);
  return image;
}

/** What a shot needs beside its frames. */
export interface ShotFiles {
  readonly scene: string;
  readonly quality: string;
  readonly buffers: FrameBuffers;
  readonly exported: ExportedScene;
  readonly frames: readonly ShotFrame[];
}

/** Writes scene.glb, environment.npy and, last and at once, shot.json: a shot that has it is complete. */
export async function writeShot(folder: string, files: ShotFiles): Promise<void> {
  const { scene, quality, buffers, exported, frames } = files;
  const { environment, glb } = exported;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'scene.glb'), Buffer.from(glb));
  if (environment) {
    const { width, height, data } = environment;
    await writeNpy(join(folder, 'environment.npy'), { shape: [height, width, 3], data });
  }
  const shot: Shot = {
    scene,
    inputSize: buffers.inputSize,
    outputSize: buffers.outputSize,
    quality,
    environment: environment ? 'environment.npy' : null,
    glb: 'scene.glb',
    frames,
  };
  const path = join(folder, 'shot.json');
  await writeFile(`${path}.part`, JSON.stringify(shot, null, 1));
  await rename(`${path}.part`, path);
}
