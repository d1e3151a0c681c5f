import { Matrix4, Vector3 } from 'three/webgpu';
import type { Box3, Mesh, Object3D, PerspectiveCamera } from 'three/webgpu';
import { isMesh, isTransparent } from '../scenes/kit';
import type { Area } from './fullscreen';
import { mayMirror } from './mirror-share';

/** Jitter and filters reach so many pixels beyond a thing's outline. */
const MARGIN_PX = 2;
const NEAR_M = 1e-3;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where in the picture mirrors may be: an emulated GPU takes as long for each pixel that has none. */
export class MirrorArea {
  private meshes: readonly Mesh[] = [];
  private readonly toClip = new Matrix4();
  private readonly area = { x: 0, y: 0, width: 0, height: 0 };

  setScene(root: Object3D): void {
    const meshes: Mesh[] = [];
    root.traverse((object) => {
      if (!isMesh(object) || isTransparent(object)) return;
      if ([object.material].flat().some(mayMirror)) meshes.push(object);
    });
    this.meshes = meshes;
  }

  /** A rectangle of pixels, y from the top, around all that may be a mirror; null = nothing may. The next call changes it. */
  find(camera: PerspectiveCamera, projection: Matrix4, { width, height }: Size): Area | null {
    const low = { x: Infinity, y: Infinity };
    const high = { x: -Infinity, y: -Infinity };
    for (const mesh of this.meshes) {
      const box = boxOf(mesh);
      if (!box) return { x: 0, y: 0, width, height };
      this.toClip.multiplyMatrices(projection, camera.matrixWorldInverse);
      this.toClip.multiply(mesh.matrixWorld);
      for (let i = 0; i < 8; i++) {
        const { x, y, z } = cornerOf(box, i);
        const e = this.toClip.elements;
        const w = e[3]! * x + e[7]! * y + e[11]! * z + e[15]!;
        // Behind the camera a corner says nothing about the picture.
        if (w < NEAR_M) return { x: 0, y: 0, width, height };
        const px = ((e[0]! * x + e[4]! * y + e[8]! * z + e[12]!) / w + 1) * 0.5 * width;
        const py = (1 - (e[1]! * x + e[5]! * y + e[9]! * z + e[13]!) / w) * 0.5 * height;
        low.x = Math.min(low.x, px);
        low.y = Math.min(low.y, py);
        high.x = Math.max(high.x, px);
        high.y = Math.max(high.y, py);
      }
    }
    const { area } = this;
    area.x = Math.max(Math.floor(low.x) - MARGIN_PX, 0);
    area.y = Math.max(Math.floor(low.y) - MARGIN_PX, 0);
    area.width = Math.min(Math.ceil(high.x) + MARGIN_PX, width) - area.x;
    area.height = Math.min(Math.ceil(high.y) + MARGIN_PX, height) - area.y;
    return area.width > 0 && area.height > 0 ? area : null;
  }
}

/** A mesh's box in its own space; null where that is not where it is drawn: skinned, morphed, many times over. */
function boxOf(mesh: Mesh): Box3 | null {
  const isFixed = !(
    'isSkinnedMesh' in mesh ||
    'isInstancedMesh' in mesh ||
    'isBatchedMesh' in mesh
  );
  if (!isFixed || mesh.morphTargetInfluences?.length) return null;
  if (!mesh.geometry.boundingBox) mesh.geometry.computeBoundingBox();
  return mesh.geometry.boundingBox;
}

const cornerOf = ({ min, max }: Box3, i: number): Vector3 =>
  corner.set(i & 1 ? max.x : min.x, i & 2 ? max.y : min.y, i & 4 ? max.z : min.z);
const corner = new Vector3();
