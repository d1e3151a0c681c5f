import { Matrix4, Vector2 } from 'three/webgpu';
import type { Camera, Object3D } from 'three/webgpu';
import type { Node } from 'three/webgpu';
import { Fn, positionPrevious, positionView, uniform, vec2, vec4 } from 'three/tsl';

interface Placement {
  current: Matrix4;
  previous: Matrix4;
}

/**
 * Remembers where the camera and every object were one frame ago. three's own VelocityNode advances its memory with
 * every render call; a frame here draws the scene twice (G-buffer and guide), so the second pass would see no motion.
 */
export class MotionTracker {
  readonly outputSizePx = uniform(new Vector2(1, 1));
  private readonly placements = new WeakMap<Object3D, Placement>();
  /** TSL: world space to the clip space of the last frame, without jitter. */
  readonly previousViewProjection = uniform(new Matrix4());
  private readonly projection = uniform(new Matrix4());
  private readonly viewProjection = new Matrix4();

  /** Starts a frame: what was current becomes previous. `reset` forgets the past, e.g. after a cut. */
  advance(scene: Object3D, camera: Camera, unjittered: Matrix4, reset: boolean): void {
    this.previousViewProjection.value.copy(this.viewProjection);
    this.projection.value.copy(unjittered);
    this.viewProjection.multiplyMatrices(unjittered, camera.matrixWorldInverse);
    if (reset) this.previousViewProjection.value.copy(this.viewProjection);
    scene.traverse((object) => this.advanceObject(object, reset));
  }

  private advanceObject(object: Object3D, reset: boolean): void {
    let placement = this.placements.get(object);
    if (!placement) {
      placement = { current: object.matrixWorld.clone(), previous: new Matrix4() };
      this.placements.set(object, placement);
      placement.previous.copy(object.matrixWorld);
    } else {
      placement.previous.copy(reset ? object.matrixWorld : placement.current);
      placement.current.copy(object.matrixWorld);
    }
  }

  /**
   * TSL: xy = motion in output pixels from this frame to the last (y down, unjittered), z = linear view depth in
   * metres, w = the depth the point had in the last frame.
   */
  readonly node = (): Node<'vec4'> => {
    // From an object's own space to the clip space of the last frame.
    const toBefore = uniform(new Matrix4()).onObjectUpdate(({ object }, self) => {
      const placement = object && this.placements.get(object);
      if (!placement) return self.value;
      return self.value.multiplyMatrices(this.previousViewProjection.value, placement.previous);
    });
    return Fn(() => {
      const now = this.projection.mul(vec4(positionView, 1)).toVar();
      const before = toBefore.mul(vec4(positionPrevious, 1)).toVar();
      const ndc = before.xy.div(before.w).sub(now.xy.div(now.w));
      const pixels = ndc.mul(vec2(0.5, -0.5)).mul(this.outputSizePx);
      return vec4(pixels, positionView.z.negate(), before.w);
    })();
  };
}
