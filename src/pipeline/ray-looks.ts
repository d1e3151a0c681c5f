import { MeshStandardMaterial, Triangle } from 'three/webgpu';
import type { BufferGeometry, Material, Mesh, Texture } from 'three/webgpu';
import { SmallTexture } from './small-texture';
import type { ColorSum } from './small-texture';

type Uv = { readonly x: number; readonly y: number };
/** Linear RGB. */
type Rgb = readonly [number, number, number];

/** What rays see of some triangles: a material with flat means of its textures and vertex colours over them, linear; white where it has none. */
export interface Look {
  readonly material: Material;
  readonly map: Rgb;
  /** G = roughness, B = metalness. */
  readonly surface: Rgb;
  readonly emissive: Rgb;
}

/** Places of a mesh at which its textures are looked at; each triangle has one at least. */
const PLACES = 4096;
/** Triangles of a material share a look where the roots of their means are the same in so many steps. */
const STEPS = 8;
const WHITE: Rgb = [1, 1, 1];

/** Means over a triangle: base colour, surface and emission, and the share of it that is holes. */
interface Means {
  readonly colors: readonly Rgb[];
  readonly holes: number;
}
/** Of what has neither textures nor vertex colours. */
const PLAIN: Means = { colors: [WHITE, WHITE, WHITE], holes: 0 };

/** Gives each triangle of a scene a look; those of a material that look alike share one. */
export class RayLooks {
  private readonly sums: LookSum[] = [];
  private readonly rows = new Map<string, number>();
  private readonly paints = new Map<Material, Paint>();
  private readonly textures = new Map<string, SmallTexture | null>();

  /** All looks so far. */
  get list(): Look[] {
    return this.sums.map((sum) => sum.look());
  }

  /** Number of the look of each triangle of a mesh, and the share of the triangle that its texture cuts out. */
  looksOf(mesh: Mesh): { row: number; holes: number }[] {
    const { geometry } = mesh;
    const areas = areasOf(geometry);
    const total = areas.reduce((sum, area) => sum + area, 1e-30);
    const materialOf = materialsOf(mesh, areas.length);
    return areas.map((area, triangle) => {
      const paint = this.paintOf(materialOf(triangle));
      const places = Math.max(Math.ceil((PLACES * area) / total), 1);
      const means = paint.meansOver(geometry, triangle, places);
      const row = this.rowOf(paint, means);
      this.sums[row]!.add(means.colors, Math.max(area, 1e-30));
      return { row, holes: means.holes };
    });
  }

  private rowOf({ material }: Paint, means: Means): number {
    const key = `${material.id}:${means === PLAIN ? '' : stepsOf(means.colors)}`;
    const row = this.rows.get(key) ?? this.sums.push(new LookSum(material)) - 1;
    this.rows.set(key, row);
    return row;
  }

  private paintOf(material: Material): Paint {
    const paint = this.paints.get(material) ?? new Paint(material, this.small);
    this.paints.set(material, paint);
    return paint;
  }

  private readonly small = (texture: Texture, leastAlpha: number): SmallTexture | null => {
    const key = `${texture.id}:${leastAlpha}`;
    const known = this.textures.get(key);
    if (known !== undefined) return known;
    const made = SmallTexture.of(texture, leastAlpha);
    this.textures.set(key, made);
    return made;
  };
}

/** A look as it grows, triangle by triangle, each weighed by its area. */
class LookSum {
  private readonly sums = [[0, 0, 0], [0, 0, 0], [0, 0, 0]]; // prettier-ignore
  private areaM2 = 0;

  constructor(private readonly material: Material) {}

  add(means: readonly Rgb[], areaM2: number): void {
    this.areaM2 += areaM2;
    means.forEach((mean, i) => mean.forEach((value, c) => (this.sums[i]![c]! += value * areaM2)));
  }

  look(): Look {
    const [map, surface, emissive] = this.sums.map(
      (sum) => sum.map((value) => value / this.areaM2) as unknown as Rgb,
    );
    return { material: this.material, map: map!, surface: surface!, emissive: emissive! };
  }
}

/** The textures of a material. */
class Paint {
  private readonly layers: readonly { texture: SmallTexture | null; channel: number }[];
  private readonly isPlain: boolean;

  constructor(
    readonly material: Material,
    small: (texture: Texture, leastAlpha: number) => SmallTexture | null,
  ) {
    const { map, roughnessMap, metalnessMap, emissiveMap } =
      material instanceof MeshStandardMaterial ? material : NO_MAPS;
    this.layers = [map, roughnessMap ?? metalnessMap, emissiveMap].map((texture, i) => ({
      texture: texture && small(texture, i === 0 ? material.alphaTest : 0),
      channel: texture?.channel ?? 0,
    }));
    this.isPlain = !material.vertexColors && this.layers.every(({ texture }) => !texture);
  }

  /** Means of base colour, surface and emission over a triangle, textures from some places of it. */
  meansOver(geometry: BufferGeometry, triangle: number, places: number): Means {
    if (this.isPlain) return PLAIN;
    const tint = this.material.vertexColors ? tintOf(geometry, triangle) : WHITE;
    const [map, surface, emissive] = this.textureMeans(geometry, triangle, places);
    const base = map!.color.map((value, c) => value * tint[c]!) as unknown as Rgb;
    return { colors: [base, surface!.color, emissive!.color], holes: map!.holes };
  }

  private textureMeans(
    geometry: BufferGeometry,
    triangle: number,
    places: number,
  ): { color: Rgb; holes: number }[] {
    return this.layers.map(({ texture, channel }) => {
      if (!texture) return { color: WHITE, holes: 0 };
      const sum: ColorSum = [0, 0, 0, 0, 0];
      const [a, b, c] = uvsOf(geometry, channel, triangle);
      for (let i = 0; i < places; i++) {
        // The R2 sequence (Roberts 2018), evenly over the triangle.
        const root = Math.sqrt((i * 0.7548776662 + 0.5) % 1);
        const share = (i * 0.569840291 + 0.5) % 1;
        const [toA, toB, toC] = [1 - root, root * (1 - share), root * share];
        texture.addAt(toA * a.x + toB * b.x + toC * c.x, toA * a.y + toB * b.y + toC * c.y, sum);
      }
      const count = sum[3];
      const color: Rgb = count > 0 ? [sum[0] / count, sum[1] / count, sum[2] / count] : WHITE;
      return { color, holes: Math.max(1 - count / sum[4], 0) };
    });
  }
}

const stepsOf = (means: readonly Rgb[]): string =>
  means
    .flat()
    .map((value) => Math.round(Math.sqrt(value) * STEPS))
    .join();

const NO_MAPS = { map: null, roughnessMap: null, metalnessMap: null, emissiveMap: null };

const cornerOf = ({ index }: BufferGeometry, i: number): number => (index ? index.getX(i) : i);

const cornerCount = ({ index, attributes }: BufferGeometry): number =>
  index ? index.count : (attributes.position?.count ?? 0);

function areasOf(geometry: BufferGeometry): number[] {
  const position = geometry.getAttribute('position');
  return Array.from({ length: Math.floor(cornerCount(geometry) / 3) }, (_, triangle) => {
    [shape.a, shape.b, shape.c].forEach((corner, k) =>
      corner.fromBufferAttribute(position, cornerOf(geometry, triangle * 3 + k)),
    );
    return shape.getArea();
  });
}

/** Texture coordinates of a triangle's corners; the origin where there are none. */
function uvsOf(geometry: BufferGeometry, channel: number, triangle: number) {
  const uv = geometry.getAttribute(channel > 0 ? `uv${channel}` : 'uv');
  return [0, 1, 2].map((k) => {
    if (!uv) return { x: 0, y: 0 };
    const corner = cornerOf(geometry, triangle * 3 + k);
    return { x: uv.getX(corner), y: uv.getY(corner) };
  }) as [Uv, Uv, Uv];
}

/** Mean of a triangle's vertex colours, which are linear. */
function tintOf(geometry: BufferGeometry, triangle: number): Rgb {
  const colors = geometry.getAttribute('color');
  if (!colors) return WHITE;
  const corners = [0, 1, 2].map((k) => cornerOf(geometry, triangle * 3 + k));
  return [0, 1, 2].map((c) =>
    corners.reduce((sum, corner) => sum + colors.getComponent(corner, c) / 3, 0),
  ) as unknown as Rgb;
}

/** The material of each triangle. */
function materialsOf({ material, geometry }: Mesh, triangles: number): (i: number) => Material {
  if (!Array.isArray(material)) return () => material;
  const numbers = new Uint16Array(triangles);
  for (const { start, count, materialIndex = 0 } of geometry.groups)
    if (material[materialIndex]) numbers.fill(materialIndex, start / 3, (start + count) / 3);
  return (triangle) => material[numbers[triangle]!]!;
}

/** Scratch. */
const shape = new Triangle();
