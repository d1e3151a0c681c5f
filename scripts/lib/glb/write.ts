import type { BufferGeometry } from 'three';
import { encodePng, type Pixels8 } from '../png';
import { BinaryChunk } from './chunk';
import type { GlbLight, GlbMaterial, GlbNode, GlbTexture } from './scene';

const repeatWrap = 10497;
const linearFilter = 9729;
const mipmapFilter = 9987;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Writes a binary glTF 2.0 file with embedded textures. */
export function writeGlb(roots: readonly GlbNode[]): Buffer {
  const writer = new Writer();
  const nodes = roots.map((node) => writer.node(node));
  return pack(writer.document(nodes), writer.chunk.bytes());
}

/** The lists of a glTF document as they grow; what is shared between nodes is written once. */
class Writer {
  readonly chunk = new BinaryChunk();
  private readonly nodes: object[] = [];
  private readonly meshes: object[] = [];
  private readonly materials: object[] = [];
  private readonly images: object[] = [];
  private readonly lights: object[] = [];
  private readonly cameras: object[] = [];
  private readonly channels: object[] = [];
  private readonly samplers: object[] = [];
  private readonly known = new Map<object, number>();

  node(node: GlbNode): number {
    const { name, at, turn, scale, light, camera, children = [], tracks = [] } = node;
    const below = children.map((child) => this.node(child));
    const index = this.nodes.push({
      name,
      ...(at && { translation: at }),
      ...(turn && { rotation: turn }),
      ...(scale && { scale }),
      ...(node.geometry && { mesh: this.mesh(node) }),
      ...(light && { extensions: { KHR_lights_punctual: { light: this.light(light) } } }),
      ...(camera && { camera: this.camera(camera) }),
      ...(below.length > 0 && { children: below }),
    });
    for (const { path, timesS, values } of tracks) {
      this.channels.push({ sampler: this.samplers.length, target: { node: index - 1, path } });
      const size = path === 'weights' ? 1 : values[0]!.length;
      this.samplers.push({
        input: this.chunk.accessor(Float32Array.from(timesS), 1),
        output: this.chunk.accessor(Float32Array.from(values.flat()), size),
      });
    }
    return index - 1;
  }

  document(roots: readonly number[]): object {
    const { nodes, meshes, materials, images, cameras, channels, samplers, chunk } = this;
    return {
      asset: { version: '2.0' },
      extensionsUsed: [
        'KHR_lights_punctual',
        'KHR_materials_emissive_strength',
        'KHR_texture_transform',
      ],
      extensions: { KHR_lights_punctual: { lights: this.lights } },
      scene: 0,
      scenes: [{ nodes: roots }],
      ...{ nodes, meshes, materials, images, cameras },
      samplers: [
        { magFilter: linearFilter, minFilter: mipmapFilter, wrapS: repeatWrap, wrapT: repeatWrap },
      ],
      textures: images.map((_, source) => ({ source, sampler: 0 })),
      animations: [{ channels, samplers }],
      accessors: chunk.accessors,
      bufferViews: chunk.views,
      buffers: [{ byteLength: chunk.byteLength }],
    };
  }

  private mesh({ geometry, material = {}, morphs = [] }: GlbNode): number {
    const targets = morphs.map((offsets) => ({ POSITION: this.chunk.accessor(offsets, 3) }));
    const primitive = { ...this.geometry(geometry!), material: this.material(material) };
    const mesh = targets.length > 0 ? { ...primitive, targets } : primitive;
    return this.meshes.push({ primitives: [mesh] }) - 1;
  }

  private geometry(geometry: BufferGeometry): object {
    const read = (name: string, size: number): number =>
      this.once(geometry.getAttribute(name), () =>
        this.chunk.accessor(Float32Array.from(geometry.getAttribute(name).array), size),
      );
    const { index } = geometry;
    return {
      attributes: {
        POSITION: read('position', 3),
        NORMAL: read('normal', 3),
        TEXCOORD_0: this.uv(geometry),
      },
      ...(index && {
        indices: this.once(index, () => this.chunk.accessor(Uint32Array.from(index.array), 1)),
      }),
    };
  }

  /** glTF counts v from the top of an image, three from the bottom. */
  private uv(geometry: BufferGeometry): number {
    const uv = geometry.getAttribute('uv');
    const flipped = Float32Array.from(uv.array, (value, i) => (i % 2 === 1 ? 1 - value : value));
    return this.once(uv, () => this.chunk.accessor(flipped, 2));
  }

  private material(material: GlbMaterial): number {
    const { color = [1, 1, 1], metalness = 0, roughness = 1, map, glow, glowMap } = material;
    const strength = Math.max(...(glow ?? [0]));
    return this.once(material, () => {
      const pbrMetallicRoughness = {
        baseColorFactor: [...color, 1],
        metallicFactor: metalness,
        roughnessFactor: roughness,
        ...(map && { baseColorTexture: this.texture(map) }),
      };
      const emissive = strength > 0 && {
        emissiveFactor: glow!.map((value) => value / strength),
        extensions: { KHR_materials_emissive_strength: { emissiveStrength: strength } },
        ...(glowMap && { emissiveTexture: this.texture(glowMap) }),
      };
      const doubleSided = material.isDoubleSided ?? false;
      return this.materials.push({ pbrMetallicRoughness, ...emissive, doubleSided }) - 1;
    });
  }

  private texture({ pixels, repeat, turnRad = 0 }: GlbTexture): object {
    const transform = { scale: repeat ?? [1, 1], rotation: turnRad };
    return {
      index: this.image(pixels),
      ...((repeat ?? turnRad !== 0) && { extensions: { KHR_texture_transform: transform } }),
    };
  }

  private image(pixels: Pixels8): number {
    const add = (): object => ({
      bufferView: this.chunk.view(encodePng(pixels)),
      mimeType: 'image/png',
    });
    return this.once(pixels, () => this.images.push(add()) - 1);
  }

  private light(light: GlbLight): number {
    const { type, intensity, color = [1, 1, 1], innerConeDeg = 0, outerConeDeg = 45 } = light;
    const { radiusM, angularDiameterDeg } = light;
    const cone = { innerConeAngle: radians(innerConeDeg), outerConeAngle: radians(outerConeDeg) };
    return (
      this.lights.push({
        ...{ type, intensity, color },
        ...(type === 'spot' && { spot: cone }),
        extras: type === 'directional' ? { angularDiameterDeg } : { radiusM },
      }) - 1
    );
  }

  private camera({ fovDeg, nearM, farM }: NonNullable<GlbNode['camera']>): number {
    const perspective = { yfov: radians(fovDeg), znear: nearM, zfar: farM };
    return this.cameras.push({ type: 'perspective', perspective }) - 1;
  }

  private once(source: object, add: () => number): number {
    const index = this.known.get(source) ?? add();
    this.known.set(source, index);
    return index;
  }
}

function pack(json: object, bin: Buffer): Buffer {
  const text = Buffer.from(JSON.stringify(json));
  const padded = Buffer.concat([text, Buffer.alloc((4 - (text.length % 4)) % 4, ' ')]);
  const words = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);
  const total = 12 + 8 + padded.length + 8 + bin.length;
  const head = [Buffer.from('glTF'), words(2, total, padded.length), Buffer.from('JSON'), padded];
  return Buffer.concat([...head, words(bin.length), Buffer.from('BIN\0'), bin]);
}
