import { Matrix4, Quaternion, Vector3 } from 'three';
import type { BufferAttribute, BufferGeometry } from 'three';
import { encodePng } from '../../scripts/lib/png';
import type { OpenDemo } from '../../scripts/lib/demo';

type Triple = readonly [number, number, number];

/** Positions over time, from time 0 on; `step` jumps where the default moves evenly. */
export interface Track {
  readonly timesS: readonly number[];
  readonly at: readonly Triple[];
  readonly step?: boolean;
}

/** A mesh in metres; colours are linear. */
export interface Part {
  readonly geometry: BufferGeometry;
  readonly color?: Triple;
  readonly metalness?: number;
  readonly roughness?: number;
  /** Emitted radiance. */
  readonly glow?: Triple;
  /** 8-bit sRGB texels (RGBA) in the place of the colour, unfiltered. */
  readonly texture?:
    { readonly width: number; readonly height: number; readonly data: Uint8Array } | undefined;
  /** Texels with an alpha below a half are holes. */
  readonly isCutOut?: boolean;
  /** Makes it blended: how much it covers of what is behind, times the alpha of its texture. */
  readonly opacity?: number;
  /** Makes it glass: how much light it lets through. */
  readonly transmission?: number;
  readonly at?: Triple;
  readonly turn?: Quaternion;
  /** Of the node, the same along all axes. */
  readonly scale?: number;
  readonly track?: Track;
  /** The track moves a bone that carries all of the mesh, not its node. */
  readonly isSkinned?: boolean;
}

/** A light: candela, or lux for the sun, which shines along `direction`. */
export interface Lamp {
  readonly type: 'point' | 'directional';
  readonly intensity: number;
  readonly color?: Triple;
  readonly at?: Triple;
  readonly direction?: Triple;
  /** How large it is: a lamp's radius, or how wide a sun looks. */
  readonly radiusM?: number;
  readonly angularDiameterDeg?: number;
  readonly track?: Track;
}

/** Where the camera stands and looks: one pose, or several with the times at which it cuts to them. */
export interface Shot {
  readonly eye: Triple;
  readonly target: Triple;
  readonly fromS?: number;
}

/** A scene to write. */
export interface SceneParts {
  readonly parts: readonly Part[];
  readonly lamps?: readonly Lamp[];
  readonly shots: readonly Shot[];
  /** Length of the loop; 1 s unless told. */
  readonly durationS?: number;
  readonly fovDeg?: number;
  /** Textures are filtered, through mip maps. */
  readonly isFiltered?: boolean;
  readonly nearM?: number;
  readonly farM?: number;
}

const FLOAT = 5126;
const UNSIGNED_BYTE = 5121;
const UNSIGNED_INT = 5125;
const NEAREST = 9728;
const LINEAR = 9729;
const LINEAR_MIPMAP_LINEAR = 9987;
const forward = new Vector3(0, 0, -1);

/** Writes a binary glTF file the way an exporter would: one mesh, material and node for each part. */
export function writeGlb(scene: SceneParts): Buffer {
  const {
    parts,
    lamps = [],
    shots,
    durationS = 1,
    fovDeg = 50,
    nearM = 0.05,
    farM = 60,
    isFiltered,
  } = scene;
  const bin = new Bin();
  const textured = parts.filter(({ texture }) => texture);
  const sampler = new Sampler(bin);
  const meshes = parts.map((part, i) => ({ primitives: [{ ...bin.mesh(part), material: i }] }));
  const skinned = parts.filter(({ isSkinned }) => isSkinned);
  const boneOf = (part: Part): number => parts.length + lamps.length + skinned.indexOf(part);
  const images = textured.map(({ texture }) => ({ bufferView: bin.view(encodePng(texture!)), mimeType: 'image/png' })); // prettier-ignore
  const nodes = [
    ...parts.map((part, i) => {
      const { at, turn, scale, track, isSkinned } = part;
      const moved = isSkinned ? boneOf(part) : i;
      if (track) sampler.move(moved, 'translation', track.timesS, track.at, track.step);
      return {
        mesh: i,
        ...(isSkinned && { skin: skinned.indexOf(part) }),
        ...(at && { translation: at }),
        ...(turn && { rotation: turn.toArray() }),
        ...(scale && { scale: [scale, scale, scale] }),
      };
    }),
    ...lamps.map(({ at, direction, track }, i) => {
      if (track) sampler.move(parts.length + i, 'translation', track.timesS, track.at, track.step);
      const turn = new Quaternion();
      if (direction) turn.setFromUnitVectors(forward, new Vector3(...direction).normalize());
      const extensions = { KHR_lights_punctual: { light: i } };
      return { extensions, rotation: turn.toArray(), ...(at && { translation: at }) };
    }),
    ...skinned.map(() => ({})),
    { camera: 0 },
  ];
  // The page films through a camera only if something moves it; the last pose stays until the end.
  const timesS = [...shots.map(({ fromS = 0 }) => fromS), durationS];
  const poses = [...shots, shots.at(-1)!];
  const camera = nodes.length - 1;
  sampler.move(camera, 'translation', timesS, poses.map(({ eye }) => eye), true); // prettier-ignore
  sampler.move(camera, 'rotation', timesS, poses.map(turnOf), true);
  const json = {
    asset: { version: '2.0' },
    extensionsUsed: [
      'KHR_lights_punctual',
      'KHR_materials_emissive_strength',
      'KHR_materials_transmission',
    ],
    extensions: { KHR_lights_punctual: { lights: lamps.map(lightOf) } },
    scene: 0,
    scenes: [{ nodes: nodes.map((_, i) => i) }],
    nodes,
    meshes,
    ...(skinned.length && { skins: skinned.map((part) => ({ joints: [boneOf(part)] })) }),
    materials: parts.map((part) => materialOf(part, textured.indexOf(part))),
    ...(images.length && {
      images,
      samplers: [
        isFiltered
          ? { magFilter: LINEAR, minFilter: LINEAR_MIPMAP_LINEAR }
          : { magFilter: NEAREST, minFilter: NEAREST },
      ],
      textures: images.map((_, source) => ({ source, sampler: 0 })),
    }),
    cameras: [
      {
        type: 'perspective',
        perspective: { yfov: (fovDeg * Math.PI) / 180, znear: nearM, zfar: farM },
      },
    ],
    animations: [{ channels: sampler.channels, samplers: sampler.samplers }],
    accessors: bin.accessors,
    bufferViews: bin.views,
    buffers: [{ byteLength: bin.bytes }],
  };
  return pack(json, Buffer.concat(bin.chunks));
}

/** Loads a scene into the page; `environment` as in `demo.load`. */
export async function loadScene(
  demo: OpenDemo,
  scene: SceneParts,
  environment = 'none',
): Promise<void> {
  const bytes = writeGlb(scene).toString('base64');
  await demo.page.evaluate(
    async ([text, sky]) => {
      const blob = await (await fetch(`data:model/gltf-binary;base64,${text}`)).blob();
      await window.demo.load(new File([blob], 'test.glb'), { environment: sky });
    },
    [bytes, environment] as const,
  );
}

/** An equirectangular .hdr file of one radiance all around (RGBE: 8 bits of mantissa). */
export function uniformSky(radiance: number): Buffer {
  const exponent = Math.floor(Math.log2(radiance)) + 1;
  const mantissa = Math.round((radiance / 2 ** exponent) * 256);
  // Narrower than 8 pixels it is not run-length coded.
  const pixels = Buffer.alloc(4 * 2 * 4).fill(Buffer.from([mantissa, mantissa, mantissa, exponent + 128])); // prettier-ignore
  return Buffer.concat([Buffer.from('#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 4\n'), pixels]);
}

function turnOf({ eye, target }: Shot): readonly number[] {
  const up = new Vector3(0, 1, 0);
  const look = new Matrix4().lookAt(new Vector3(...eye), new Vector3(...target), up);
  return new Quaternion().setFromRotationMatrix(look).toArray();
}

function lightOf({ type, intensity, color = [1, 1, 1], ...size }: Lamp): object {
  const { radiusM, angularDiameterDeg } = size;
  return { type, intensity, color, extras: { radiusM, angularDiameterDeg } };
}

function materialOf(part: Part, texture: number): object {
  const { color = [1, 1, 1], metalness = 0, roughness = 1, glow, isCutOut } = part;
  const { opacity, transmission } = part;
  const strength = Math.max(...(glow ?? [0]));
  return {
    pbrMetallicRoughness: {
      baseColorFactor: [...(texture < 0 ? color : [1, 1, 1]), opacity ?? 1],
      ...(texture >= 0 && { baseColorTexture: { index: texture } }),
      metallicFactor: metalness,
      roughnessFactor: roughness,
    },
    ...(isCutOut && { alphaMode: 'MASK' }),
    ...(opacity !== undefined && { alphaMode: 'BLEND' }),
    ...(strength > 0 && { emissiveFactor: glow?.map((value) => value / strength) }),
    extensions: {
      ...(strength > 0 && { KHR_materials_emissive_strength: { emissiveStrength: strength } }),
      ...(transmission && { KHR_materials_transmission: { transmissionFactor: transmission } }),
    },
  };
}

/** The binary chunk as it grows, with its views and accessors. */
class Bin {
  readonly chunks: Buffer[] = [];
  readonly views: object[] = [];
  readonly accessors: object[] = [];
  bytes = 0;

  view(data: Uint8Array): number {
    const padded = Buffer.alloc(Math.ceil(data.length / 4) * 4);
    padded.set(data);
    this.chunks.push(padded);
    this.views.push({ buffer: 0, byteOffset: this.bytes, byteLength: data.length });
    this.bytes += padded.length;
    return this.views.length - 1;
  }

  /** Values of `size` components each. */
  accessor(values: Float32Array | Uint32Array | Uint8Array, size: number): number {
    const items = Array.from({ length: values.length / size }, (_, i) => [...values.subarray(i * size, (i + 1) * size)]); // prettier-ignore
    const extreme = (pick: (...numbers: number[]) => number): number[] =>
      Array.from({ length: size }, (_, k) => items.reduce((best, item) => pick(best, item[k]!), items[0]![k]!)); // prettier-ignore
    this.accessors.push({
      bufferView: this.view(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
      componentType:
        values instanceof Float32Array
          ? FLOAT
          : values instanceof Uint8Array
            ? UNSIGNED_BYTE
            : UNSIGNED_INT,
      count: items.length,
      type: { 1: 'SCALAR', 2: 'VEC2', 3: 'VEC3', 4: 'VEC4' }[size],
      min: extreme(Math.min),
      max: extreme(Math.max),
    });
    return this.accessors.length - 1;
  }

  mesh({ geometry, isSkinned }: Part): object {
    const read = (name: string, size: number): number =>
      this.accessor(Float32Array.from((geometry.getAttribute(name) as BufferAttribute).array), size); // prettier-ignore
    const attributes = { POSITION: read('position', 3), NORMAL: read('normal', 3), TEXCOORD_0: read('uv', 2) }; // prettier-ignore
    if (isSkinned) {
      const corners = Array.from({ length: geometry.getAttribute('position').count });
      Object.assign(attributes, {
        JOINTS_0: this.accessor(Uint8Array.from(corners.flatMap(() => [0, 0, 0, 0])), 4),
        WEIGHTS_0: this.accessor(Float32Array.from(corners.flatMap(() => [1, 0, 0, 0])), 4),
      });
    }
    return { attributes, indices: this.accessor(Uint32Array.from(geometry.index!.array), 1) };
  }
}

/** The animation as it grows. */
class Sampler {
  readonly channels: object[] = [];
  readonly samplers: object[] = [];

  constructor(private readonly bin: Bin) {}

  move(
    node: number,
    path: 'translation' | 'rotation',
    timesS: readonly number[],
    values: readonly (readonly number[])[],
    step = false,
  ): void {
    this.channels.push({ sampler: this.samplers.length, target: { node, path } });
    this.samplers.push({
      input: this.bin.accessor(Float32Array.from(timesS), 1),
      output: this.bin.accessor(Float32Array.from(values.flat()), values[0]!.length),
      interpolation: step ? 'STEP' : 'LINEAR',
    });
  }
}

function pack(json: object, bin: Buffer): Buffer {
  const text = Buffer.from(JSON.stringify(json));
  const padded = Buffer.concat([text, Buffer.alloc((4 - (text.length % 4)) % 4, ' ')]);
  const words = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);
  const total = 12 + 8 + padded.length + 8 + bin.length;
  return Buffer.concat([
    Buffer.from('glTF'),
    words(2, total, padded.length),
    Buffer.from('JSON'),
    padded,
    words(bin.length),
    Buffer.from('BIN\0'),
    bin,
  ]);
}
