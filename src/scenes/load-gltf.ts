import {
  type AnimationClip,
  AnimationMixer,
  Box3,
  type DataTexture,
  Light,
  LoadingManager,
  Mesh,
  type Object3D,
  PerspectiveCamera,
  PropertyBinding,
  Scene,
  Sphere,
  Texture,
  type WebGPURenderer,
} from 'three/webgpu';
import dracoScriptUrl from 'three/addons/libs/draco/gltf/draco_wasm_wrapper.js?url';
import dracoBinaryUrl from 'three/addons/libs/draco/gltf/draco_decoder.wasm?url';
import basisScriptUrl from 'three/addons/libs/basis/basis_transcoder.js?url';
import basisBinaryUrl from 'three/addons/libs/basis/basis_transcoder.wasm?url';
import { MeshoptDecoder } from 'three/addons/libs/meshopt_decoder.module.js';
import { DRACOLoader } from 'three/addons/loaders/DRACOLoader.js';
import { type GLTF, GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { KTX2Loader } from 'three/addons/loaders/KTX2Loader.js';
import { checkEnvironment, loadEnvironment } from './environment';
import { GltfLoadError, checkGltfBytes } from './gltf-bytes';
import { prepareLights } from './gltf-lights';
import { prepareMeshes } from './gltf-materials';
import { isMesh } from './kit';
import { probeLattice } from './probe-grid';
import type { DemoScene } from './scene';

export { GltfLoadError } from './gltf-bytes';

/** Length of the orbit when a file has no animation. */
const orbitS = 10;

async function readBytes(source: string | File | ArrayBuffer, file: string): Promise<ArrayBuffer> {
  if (source instanceof ArrayBuffer) return source;
  if (typeof source !== 'string') return source.arrayBuffer();
  let response: Response;
  try {
    response = await fetch(source);
  } catch (cause) {
    throw new GltfLoadError(file, 'the server cannot be reached, or refuses other pages (CORS).', {
      cause,
    });
  }
  if (!response.ok)
    throw new GltfLoadError(file, `the server answered ${response.status} ${response.statusText}.`);
  return response.arrayBuffer();
}

function nameOf(source: string | File | ArrayBuffer): string {
  if (source instanceof ArrayBuffer) return 'file';
  const path = typeof source === 'string' ? (source.split(/[?#]/)[0] ?? source) : source.name;
  return path.split('/').at(-1) || path;
}

/** Parses with all of three's decoders; their files are assets of the build, so any base path works. */
async function parse(
  bytes: ArrayBuffer,
  basePath: string,
  renderer: WebGPURenderer,
): Promise<GLTF> {
  const manager = new LoadingManager();
  // KTX2Loader asks for its transcoder by file name; the build gives that file a hash.
  manager.setURLModifier((url) => {
    if (url.endsWith('basis_transcoder.js')) return basisScriptUrl;
    return url.endsWith('basis_transcoder.wasm') ? basisBinaryUrl : url;
  });
  const draco = new DRACOLoader(manager).setDecoderPath({
    js: dracoScriptUrl,
    wasm: dracoBinaryUrl,
  });
  const ktx2 = new KTX2Loader(manager).setTranscoderPath('./').detectSupport(renderer);
  const loader = new GLTFLoader(manager)
    .setDRACOLoader(draco)
    .setKTX2Loader(ktx2)
    .setMeshoptDecoder(MeshoptDecoder);
  try {
    return await loader.parseAsync(bytes, basePath);
  } finally {
    draco.dispose();
    ktx2.dispose();
  }
}

function hasLights(model: Object3D): boolean {
  let found = false;
  model.traverse((object) => (found ||= object instanceof Light));
  return found;
}

/** The first camera of the file that an animation moves, itself or through a parent. */
function findAnimatedCamera(gltf: GLTF): PerspectiveCamera | null {
  const moved = new Set(
    gltf.animations.flatMap(({ tracks }) =>
      tracks.map((track) => PropertyBinding.parseTrackName(track.name).nodeName),
    ),
  );
  const isMoved = (node: Object3D | null): boolean =>
    node !== null && (moved.has(node.name) || moved.has(node.uuid) || isMoved(node.parent));
  const found = gltf.cameras.find(
    (camera) => camera instanceof PerspectiveCamera && isMoved(camera),
  );
  return found instanceof PerspectiveCamera ? found : null;
}

function makeMixer(model: Object3D, clips: readonly AnimationClip[]): (timeS: number) => void {
  if (clips.length === 0) return () => undefined;
  const mixer = new AnimationMixer(model);
  for (const clip of clips) mixer.clipAction(clip).play();
  return (timeS) => void mixer.setTime(timeS);
}

/** An orbit that shows the whole box: 20° above the horizon, once around in `orbitS`. */
function makeOrbit(
  camera: PerspectiveCamera,
  bounds: Sphere,
  durationS: number,
): (timeS: number) => void {
  const distanceM = (bounds.radius / Math.sin((camera.fov * Math.PI) / 360)) * 0.95;
  return (timeS) => {
    const angle = (2 * Math.PI * timeS) / durationS;
    const flat = Math.cos(0.35) * distanceM;
    camera.position
      .set(flat * Math.sin(angle), Math.sin(0.35) * distanceM, flat * Math.cos(angle))
      .add(bounds.center);
    camera.lookAt(bounds.center);
    camera.updateMatrixWorld();
  };
}

function disposeAll(root: Object3D): void {
  root.traverse((object) => {
    if (!isMesh(object)) return;
    object.geometry.dispose();
    for (const material of [object.material].flat()) {
      for (const value of Object.values(material)) if (value instanceof Texture) value.dispose();
      material.dispose();
    }
  });
  root.clear();
}

/**
 * Factor for a file whose units are not metres. Offsets of rays, biases of shadows and depths are made for scenes of a size that
 * people walk through or hold in their hands; what is far smaller or larger is brought to a usual one.
 */
function scaleFor(radiusM: number): number {
  const { least, most, usual } = RADIUS_M;
  return radiusM < least || radiusM > most ? usual / Math.max(radiusM, 1e-30) : 1;
}
const RADIUS_M = { least: 0.1, most: 350, usual: 5 } as const;

function toScene(gltf: GLTF, file: string, environment: DataTexture | null): DemoScene {
  const root = new Scene();
  root.name = file;
  root.add(gltf.scene);
  prepareMeshes(root);
  const setTime = makeMixer(gltf.scene, gltf.animations);
  setTime(0);
  root.updateMatrixWorld(true);
  const box = new Box3();
  root.traverse((object) => void (object instanceof Mesh && box.expandByObject(object, true)));
  if (box.isEmpty()) throw new GltfLoadError(file, 'it holds no meshes.');
  const scale = scaleFor(box.getBoundingSphere(new Sphere()).radius);
  gltf.scene.scale.multiplyScalar(scale);
  box.min.multiplyScalar(scale);
  box.max.multiplyScalar(scale);
  const bounds = box.getBoundingSphere(new Sphere());
  const followLights = prepareLights(root, gltf.scene, bounds, scale);
  const clipS = Math.max(0, ...gltf.animations.map(({ duration }) => duration));
  const durationS = clipS > 0 ? clipS : orbitS;
  const filmed = findAnimatedCamera(gltf);
  const camera = filmed
    ? new PerspectiveCamera(filmed.fov, filmed.aspect, filmed.near * scale, filmed.far * scale)
    : new PerspectiveCamera(45, 16 / 9, bounds.radius * 0.01, bounds.radius * 8);
  const orbit = makeOrbit(camera, bounds, durationS);
  const animate = (timeS: number): void => {
    setTime(timeS);
    root.updateMatrixWorld(true);
    followLights();
  };
  const flyCamera = (timeS: number): void => {
    if (!filmed) return orbit(timeS);
    setTime(timeS);
    filmed.updateWorldMatrix(true, false);
    filmed.matrixWorld.decompose(camera.position, camera.quaternion, camera.scale);
    camera.scale.set(1, 1, 1);
    camera.updateMatrixWorld();
  };
  animate(0);
  flyCamera(0);
  return {
    name: file.replace(/\.(glb|gltf)$/i, ''),
    description: 'Loaded from a file. The network has never seen it.',
    seenInTraining: false,
    root,
    camera,
    environment,
    ...probeLattice(box, camera.position),
    durationS,
    animate,
    flyCamera,
    dispose: () => disposeAll(root),
  };
}

/**
 * Loads a glTF 2.0 file (Draco, meshopt and KTX2 included) as a scene; throws `GltfLoadError` and changes nothing else.
 * `environment` as in `loadEnvironment`. The renderer must be initialised.
 */
export async function loadGltf(
  source: string | File | ArrayBuffer,
  renderer: WebGPURenderer,
  environment = 'none',
): Promise<DemoScene> {
  checkEnvironment(environment);
  const file = nameOf(source);
  const bytes = await readBytes(source, file);
  checkGltfBytes(bytes, file);
  const basePath = typeof source === 'string' ? source.slice(0, source.lastIndexOf('/') + 1) : '';
  let gltf: GLTF;
  try {
    gltf = await parse(bytes, basePath, renderer);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GltfLoadError(file, reason, { cause });
  }
  return toScene(gltf, file, await loadEnvironment(environment, hasLights(gltf.scene)));
}
