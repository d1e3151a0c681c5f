import {
  type BufferGeometry,
  Color,
  type ColorRepresentation,
  DoubleSide,
  type DataTexture,
  FrontSide,
  Mesh,
  MeshStandardMaterial,
  type Object3D,
  Scene,
  type Texture,
  Vector3,
} from 'three/webgpu';
import { type SurfaceMaps, type SurfaceOptions, makeSurfaceMaps } from './textures';

/** Metres along x, y, z (or radians about x, y, z for turns). */
export type Triple = readonly [number, number, number];

/** Looks of a material. Without maps it is plain; with maps the colour tints them. */
export interface MaterialOptions {
  color?: ColorRepresentation;
  roughness?: number;
  metalness?: number;
  maps?: SurfaceMaps;
  /** Use the roughness map too (default) or the colour map alone. */
  useRoughnessMap?: boolean;
  /** Emitted radiance = emissive × emissiveIntensity. */
  emissive?: ColorRepresentation;
  emissiveIntensity?: number;
  doubleSided?: boolean;
}

/** Where a mesh goes; everything optional. */
export interface Placement {
  at?: Triple;
  /** Euler angles in radians, order XYZ. */
  turn?: Triple;
  scale?: Triple;
  parent?: Object3D;
  /** Panels right at a light must not shadow it. */
  castShadow?: boolean;
}

/** Collects the meshes of one scene and frees what it made. */
export class SceneKit {
  readonly root = new Scene();
  private readonly textures: Texture[] = [];
  private readonly materials: MeshStandardMaterial[] = [];
  private readonly geometries = new Set<BufferGeometry>();

  /** Meshes added so far, for the budget. */
  meshCount = 0;

  constructor(name: string) {
    this.root.name = name;
  }

  /** Bakes textures that this scene owns. */
  maps(options: SurfaceOptions): SurfaceMaps {
    const maps = makeSurfaceMaps(options);
    this.textures.push(maps.map, maps.roughnessMap);
    return maps;
  }

  /** Makes a material that this scene owns. */
  material(options: MaterialOptions): MeshStandardMaterial {
    const { maps, useRoughnessMap = true } = options;
    const material = new MeshStandardMaterial({
      color: options.color ?? '#ffffff',
      roughness: options.roughness ?? 0.6,
      metalness: options.metalness ?? 0,
      emissive: new Color(options.emissive ?? '#000000'),
      emissiveIntensity: options.emissiveIntensity ?? 1,
      side: options.doubleSided ? DoubleSide : FrontSide,
    });
    if (maps) {
      material.map = maps.map;
      if (useRoughnessMap) {
        // One texture in both slots is glTF's own layout; exporters pass it through unchanged.
        material.roughnessMap = maps.roughnessMap;
        material.metalnessMap = maps.roughnessMap;
        material.roughness = options.roughness ?? 1;
      }
    }
    this.materials.push(material);
    return material;
  }

  /** Adds a mesh that casts and receives shadows. */
  mesh(geometry: BufferGeometry, material: MeshStandardMaterial, place: Placement = {}): Mesh {
    const mesh = new Mesh(geometry, material);
    const { at, turn, scale, parent = this.root, castShadow = true } = place;
    if (at) mesh.position.set(...at);
    if (turn) mesh.rotation.set(...turn);
    if (scale) mesh.scale.set(...scale);
    mesh.castShadow = castShadow;
    mesh.receiveShadow = true;
    this.geometries.add(geometry);
    this.meshCount++;
    parent.add(mesh);
    return mesh;
  }

  /** Takes ownership of a texture made elsewhere, such as the sky. */
  own(texture: DataTexture): DataTexture {
    this.textures.push(texture);
    return texture;
  }

  /** Makes everything that glows brighter or darker, up to a limit of emitted radiance. */
  scaleGlow(gain: number, limit: number): void {
    for (const material of this.materials) {
      if (material.emissive.getHex() === 0) continue;
      material.emissiveIntensity = Math.min(limit, material.emissiveIntensity * gain);
    }
  }

  /** Frees geometries, materials and textures. Lights are not touched. */
  dispose(): void {
    for (const geometry of this.geometries) geometry.dispose();
    for (const material of this.materials) material.dispose();
    for (const texture of this.textures) texture.dispose();
    this.root.clear();
  }
}

/** Whether a node of the scene graph is a mesh. */
export const isMesh = (object: Object3D): object is Mesh =>
  'isMesh' in object && object.isMesh === true;

/** Whether a mesh is blended over what is behind it. Such things take no part in the light of others: no rays, no shadows. */
export const isTransparent = ({ material }: Mesh): boolean =>
  [material].flat().every(({ transparent }) => transparent);

const scratch = new Vector3();

/** Points an object's +y from one place to another and centres it between them (pipes, struts). */
export function spanBetween(mesh: Object3D, from: Vector3, to: Vector3): void {
  mesh.position.addVectors(from, to).multiplyScalar(0.5);
  mesh.quaternion.setFromUnitVectors(
    new Vector3(0, 1, 0),
    scratch.subVectors(to, from).normalize(),
  );
}
