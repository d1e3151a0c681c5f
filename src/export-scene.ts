import {
  BufferAttribute,
  BufferGeometry,
  InstancedMesh,
  Matrix4,
  Mesh,
  MeshStandardMaterial,
  Scene,
  Vector3,
} from 'three/webgpu';
import type { DataTexture, Object3D } from 'three/webgpu';
import { GLTFExporter } from 'three/addons/exporters/GLTFExporter.js';
import { DataUtils, HalfFloatType } from 'three/webgpu';
import type { ExportedScene } from './page-api';
import type { DemoScene } from './scenes/scene';

/**
 * Flattens the scene at its current frame for an offline renderer: one node per mesh (instances expanded), geometry in
 * local space with its world matrix listed apart, skinned and morphed meshes frozen in world space.
 */
export async function exportScene(demo: DemoScene): Promise<ExportedScene> {
  const flat = new Scene();
  const nodes: Record<string, number[]> = {};
  const emissive: ExportedScene['emissive'] = {};
  let deforming = false;
  const add = (geometry: BufferGeometry, source: Mesh, matrix: Matrix4): void => {
    const mesh = new Mesh(geometry, source.material);
    mesh.name = `mesh-${Object.keys(nodes).length}`;
    nodes[mesh.name] = matrix.toArray();
    const glow = emission(source);
    if (glow) emissive[mesh.name] = glow;
    flat.add(mesh);
  };
  demo.root.traverseVisible((object: Object3D) => {
    if (!(object instanceof Mesh) || object.userData.exportable === false) return;
    if (deforms(object)) {
      deforming = true;
      add(frozen(object), object, new Matrix4());
    } else if (object instanceof InstancedMesh) {
      for (let i = 0; i < object.count; i++) {
        const matrix = new Matrix4();
        object.getMatrixAt(i, matrix);
        add(object.geometry, object, matrix.premultiply(object.matrixWorld));
      }
    } else {
      add(object.geometry, object, object.matrixWorld);
    }
  });
  const glb = await new GLTFExporter().parseAsync(flat, { binary: true });
  return {
    glb: glb as ArrayBuffer,
    environment: readEnvironment(demo.environment),
    nodes,
    emissive,
    deforming,
  };
}

/** Radiance of a glowing mesh, before its emissive texture. */
function emission({ material }: Mesh): [number, number, number] | null {
  if (!(material instanceof MeshStandardMaterial)) return null;
  const { r, g, b } = material.emissive;
  const i = material.emissiveIntensity;
  return (r + g + b) * i > 0 ? [r * i, g * i, b * i] : null;
}

function deforms(mesh: Mesh): boolean {
  return 'isSkinnedMesh' in mesh || (mesh.morphTargetInfluences?.length ?? 0) > 0;
}

/** The deformed surface as world-space triangles. */
function frozen(mesh: Mesh): BufferGeometry {
  const source = mesh.geometry;
  const count = source.getAttribute('position').count;
  const positions = new Float32Array(count * 3);
  const vertex = new Vector3();
  for (let i = 0; i < count; i++) {
    mesh
      .getVertexPosition(i, vertex)
      .applyMatrix4(mesh.matrixWorld)
      .toArray(positions, i * 3);
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(positions, 3));
  for (const name of ['uv', 'color'])
    if (source.hasAttribute(name)) geometry.setAttribute(name, source.getAttribute(name));
  if (source.index) geometry.setIndex(source.index);
  geometry.computeVertexNormals();
  return geometry;
}

/** RGB floats, row 0 = up. */
function readEnvironment(environment: DataTexture | null): ExportedScene['environment'] {
  if (!environment) return null;
  const { width, height, data } = environment.image as {
    width: number;
    height: number;
    data: Float32Array | Uint16Array;
  };
  const half = environment.type === HalfFloatType;
  const channels = data.length / (width * height);
  const rgb = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    // Without flipY, row 0 of a data texture lies at v = 0, which is down in three's equirect mapping.
    const row = environment.flipY ? y : height - 1 - y;
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const value = data[(row * width + x) * channels + c]!;
        rgb[(y * width + x) * 3 + c] = half ? DataUtils.fromHalfFloat(value) : value;
      }
    }
  }
  return { width, height, data: rgb };
}
