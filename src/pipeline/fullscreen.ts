import { NodeMaterial, QuadMesh } from 'three/webgpu';
import type {
  Node,
  RenderTarget,
  Texture,
  TextureNode,
  UniformGroupNode,
  WebGPURenderer,
} from 'three/webgpu';
import { Loop, int, ivec2, max, min, screenCoordinate } from 'three/tsl';
import { isWebGPU } from '../core/gpu-handles';
import { plainTexture } from './plain-texture';

/** One full-screen shader drawn into a target; the only way image stages draw. */
export class FullscreenPass {
  private readonly quad: QuadMesh;
  private readonly material = new NodeMaterial();

  /** `fragment` is a colour node or an `mrt({...})` whose names match the target's textures. */
  constructor(
    private readonly renderer: WebGPURenderer,
    name: string,
    fragment: Node,
  ) {
    this.material.name = name;
    this.material.fragmentNode = fragment;
    this.material.depthTest = false;
    this.material.depthWrite = false;
    this.quad = new QuadMesh(this.material);
    this.quad.name = name;
  }

  /** Draws into `target`, or into the canvas when it is null. */
  render(target: RenderTarget | null): void {
    this.renderer.setRenderTarget(target);
    this.quad.render(this.renderer);
    this.renderer.setRenderTarget(null);
  }

  /** Draws a rectangle of `target`; the rest keeps what it holds. */
  renderArea(target: RenderTarget, { x, y, width, height }: Area): void {
    const { renderer } = this;
    const { autoClear } = renderer;
    renderer.autoClear = false;
    // WebGL counts rows from the bottom.
    const bottom = isWebGPU(renderer) ? y : target.height - y - height;
    target.viewport.set(x, bottom, width, height);
    target.scissor.copy(target.viewport);
    this.render(target);
    target.viewport.set(0, 0, target.width, target.height);
    target.scissor.copy(target.viewport);
    renderer.autoClear = autoClear;
  }

  dispose(): void {
    this.material.dispose();
  }
}

/** A rectangle in pixels, y from the top. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** TSL: integer pixel of the current fragment, row 0 on top. */
export const pixel = (): Node<'ivec2'> => ivec2(screenCoordinate.xy);

type OfPixels = (a: Node<'ivec2'>, b: Node<'ivec2'>) => Node<'ivec2'>;
/** min and max take whole numbers, too, which @types/three does not know (r187). */
const [smaller, larger] = [min, max] as unknown as [OfPixels, OfPixels];

/** TSL: clamps an integer pixel to the image, whose last one is `last`. */
export const clampPixel = (p: Node<'ivec2'>, last: Node<'ivec2'>): Node<'ivec2'> =>
  larger(smaller(p, last), ivec2(0));

/** TSL: calls back for each integer offset of a square, row by row; `from` and `to` belong to it on both axes. */
export function eachOffset(from: number, to: number, body: (offset: Node<'ivec2'>) => void): void {
  // Two loops: whole numbers are divided one lane after the other on the emulated GPU.
  const range = { start: int(from), end: int(to), type: 'int', condition: '<=' } as const;
  Loop(range, ({ i: row }) => {
    const y = int(row).toVar();
    Loop(range, ({ i: column }) => {
      body(ivec2(int(column), y).toVar());
    });
  });
}

/** TSL: an image that can be read texel by texel. */
export interface Image {
  at(coordinate: Node<'ivec2'>): Node<'vec4'>;
}

export interface SwappableImage extends Image {
  /** Swaps the texture that is read (same format). */
  set(next: Texture): void;
}

/** TSL: a texture that may be swapped between frames. */
export function swappableTexture(source: Texture): TextureNode {
  const node = plainTexture(source);
  // Never merged with another node that happens to hold the same texture when the shader is built.
  node.mergeable = false;
  return node;
}

/** TSL: a texture as an image; in a bind group of its own, if wanted. */
export function image(source: Texture, group?: UniformGroupNode): SwappableImage {
  const node = swappableTexture(source);
  if (group) node.setGroup(group);
  return {
    set(next: Texture): void {
      node.value = next;
    },
    at: (coordinate: Node<'ivec2'>): Node<'vec4'> => node.load(coordinate) as Node<'vec4'>,
  };
}
