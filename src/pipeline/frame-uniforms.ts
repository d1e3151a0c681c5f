import { Matrix4, Vector2, Vector3, Vector4, WebGLCoordinateSystem } from 'three/webgpu';
import type { Node, PerspectiveCamera } from 'three/webgpu';
import { float, max, uniform, vec2, vec3 } from 'three/tsl';
import type { JitteredProjection } from './jitter';

/** Camera constants that the image stages share: they rebuild positions and view rays from pixels. */
export class FrameUniforms {
  /** (P₀, P₅, P₈, P₉) of the jittered projections. */
  readonly gbufferProjection = uniform(new Vector4(1, 1, 0, 0));
  readonly guideProjection = uniform(new Vector4(1, 1, 0, 0));
  /** The same of the projection without jitter. */
  readonly unjitteredProjection = uniform(new Vector4(1, 1, 0, 0));
  readonly inputSizePx = uniform(new Vector2(1, 1));
  readonly outputSizePx = uniform(new Vector2(1, 1));
  /** (c, d, e) of metres = c / (d · depth buffer + e); see {@link linearDepth}. */
  readonly depthTerms = uniform(new Vector3(0, 0, 1));
  /** World up in view space: its dot product with a view normal tells floor from wall from ceiling. */
  readonly upView = uniform(new Vector3(0, 1, 0));
  /** View space to world space. */
  readonly cameraWorld = uniform(new Matrix4());
  /** World space to view space. */
  readonly cameraView = uniform(new Matrix4());
  /** Of the frame and against the last one; see {@link JitteredProjection}. */
  readonly jitterPx = uniform(new Vector2());
  readonly jitterShiftPx = uniform(new Vector2());
  /** Number of the frame in the jitter sequence: rays take other directions in each. */
  readonly noise = uniform(0, 'uint');

  update(camera: PerspectiveCamera, projection: JitteredProjection, jitterIndex: number): void {
    this.noise.value = jitterIndex;
    this.cameraView.value.copy(camera.matrixWorldInverse);
    setTerms(this.gbufferProjection.value, projection.gbuffer);
    setTerms(this.guideProjection.value, projection.guide);
    setTerms(this.unjitteredProjection.value, projection.unjittered);
    this.jitterPx.value.copy(projection.jitterPx);
    this.jitterShiftPx.value.copy(projection.jitterShiftPx);
    this.cameraWorld.value.copy(camera.matrixWorld);
    const p = projection.unjittered.elements;
    // The depth buffer holds [0,1]; WebGL's clip space is [-1,1].
    const isWebGL = camera.coordinateSystem === WebGLCoordinateSystem;
    this.depthTerms.value.set(p[14]!, isWebGL ? 2 : 1, p[10]! - (isWebGL ? 1 : 0));
    const e = camera.matrixWorldInverse.elements;
    this.upView.value.set(e[4]!, e[5]!, e[6]!);
  }

  resize(input: Size, output: Size): void {
    this.inputSizePx.value.set(input.width, input.height);
    this.outputSizePx.value.set(output.width, output.height);
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function setTerms(terms: Vector4, { elements: e }: Matrix4): void {
  terms.set(e[0]!, e[5]!, e[8]!, e[9]!);
}

/** TSL: view-space ray (z = -1) through the centre of a pixel. */
export function viewRay(
  pixel: Node<'vec2'>,
  sizePx: Node<'vec2'>,
  projection: Node<'vec4'>,
): Node<'vec3'> {
  const ndc = vec2(pixel.add(0.5)).div(sizePx).mul(vec2(2, -2)).add(vec2(-1, 1));
  return vec3(ndc.add(projection.zw).div(projection.xy), -1);
}

/** TSL: value of the depth buffer to metres along the view axis; 0 where nothing was drawn. */
export const linearDepth = (stored: Node<'float'>, terms: Node<'vec3'>): Node<'float'> =>
  stored.lessThan(1).select(terms.x.div(terms.y.mul(stored).add(terms.z)), float(0));

/** TSL: cosine between a view-space normal and the direction back to the eye. */
export const cosineToView = (normal: Node<'vec3'>, ray: Node<'vec3'>): Node<'float'> =>
  max(normal.dot(ray.negate().normalize()), float(0));
