import { HalfFloatType, LinearFilter, RenderTarget, Vector3 } from 'three/webgpu';
import type { Box3, Node } from 'three/webgpu';
import { Fn, array, float, floor, getShIrradianceAt, int, max, min, mix, positionWorld, uniform, vec2, vec3, vec4 } from 'three/tsl'; // prettier-ignore
import type { DemoScene } from '../scenes/scene';
import { plainTexture } from './plain-texture';
import { luminanceOf } from './shading';

/** RGBA texels that nine coefficients take. */
export const SET_TEXELS = 7;
/** The sets of coefficients of a probe: all light, and the light that does not come straight from glowing surfaces. */
const SETS = ['all', 'unlit'] as const;
/** RGBA texels of a probe. */
const PROBE_TEXELS = SETS.length * SET_TEXELS;

/**
 * A coarse lattice of light probes around a scene: L2 spherical harmonics of the radiance that arrives at each, once with
 * and once without what comes straight from glowing surfaces, packed into a half-float atlas (nx·nz)×(14·ny): for each of
 * the seven packs of either set a row of tiles nx×ny, one tile for each z.
 * `ProbeRays` fills it; shaders read it through nodes whose values are swapped, so that a change of scene compiles nothing.
 */
export class Probes {
  /** Probes along x, y, z. */
  readonly resolution = uniform(new Vector3(1, 1, 1));
  /** Outermost layers that stand around the scene, not in it. */
  readonly margin = uniform(0);
  readonly target = createAtlas();
  private readonly atlas = plainTexture(this.target.texture);
  private readonly min = uniform(new Vector3());
  private readonly max = uniform(new Vector3(1, 1, 1));

  /** Number of probes. */
  get count(): number {
    const { x, y, z } = this.resolution.value;
    return x * y * z;
  }

  /** Moves the lattice to a scene. */
  setScene({
    probeBounds,
    probeResolution,
    probeMargin = 0,
  }: Pick<DemoScene, 'probeBounds' | 'probeResolution' | 'probeMargin'>): void {
    const [x, y, z] = probeResolution;
    this.margin.value = probeMargin;
    this.resolution.value.set(x, y, z);
    this.setBounds(probeBounds);
    this.target.setSize(x * z, y * PROBE_TEXELS);
  }

  private setBounds(bounds: Box3): void {
    this.min.value.copy(bounds.min);
    this.max.value.copy(bounds.max);
  }

  /** TSL: place of a probe in the lattice by its number; x counts fastest, then z, then y. */
  cellOf(index: Node<'int'>): Node<'vec3'> {
    const [nx, nz] = [int(this.resolution.x), int(this.resolution.z)];
    const x = index.mod(nx);
    const z = index.div(nx).mod(nz);
    return vec3(float(x), float(index.div(nx.mul(nz))), float(z)).toVar();
  }

  /** TSL: world-space position of the probe in a cell. */
  positionOf(cell: Node<'vec3'>): Node<'vec3'> {
    return mix(this.min, this.max, cell.add(0.5).div(this.resolution)).toVar();
  }

  /** TSL: distances between probes along x, y, z in metres. */
  get cellSize(): Node<'vec3'> {
    return this.max.sub(this.min).div(this.resolution);
  }

  /** TSL: mean radiance over all directions at a probe (rgb, ≥ 0). */
  meanAt(cell: Node<'vec3'>): Node<'vec3'> {
    const at = vec2(cell.x.add(cell.z.mul(this.resolution.x)), cell.y).add(0.5);
    const size = vec2(
      this.resolution.x.mul(this.resolution.z),
      this.resolution.y.mul(PROBE_TEXELS),
    );
    // The constant SH basis function: c₀·Y₀₀ is the mean radiance.
    return max(this.texel(at.div(size)).rgb, vec3(0)).mul(0.282095);
  }

  /**
   * TSL: the nine SH radiance coefficients at a world-space position, trilinear between probes, sampled half a cell
   * off the surface. Half a cell nearer a lamp is far too bright: who can ask the lamp itself takes the set `unlit`.
   */
  coefficients(
    position: Node<'vec3'>,
    normal: Node<'vec3'>,
    set: ProbeSet = 'all',
  ): Array<Node<'vec3'>> {
    const first = SETS.indexOf(set) * SET_TEXELS;
    const n = this.resolution;
    const range = this.max.sub(this.min);
    const at = position.add(normal.mul(range.div(n)).mul(0.5));
    const cell = at.sub(this.min).div(range).mul(n).clamp(vec3(0.5), n.sub(0.5)).toVar();
    const below = floor(cell.z.sub(0.5)).toVar();
    const above = min(below.add(1), n.z.sub(1)).toVar();
    const share = cell.z.sub(0.5).sub(below).toVar();
    const size = vec2(n.x.mul(n.z), n.y.mul(PROBE_TEXELS)).toVar();
    const pack = (k: number): Node<'vec4'> => {
      const y = cell.y.add(n.y.mul(first + k));
      const tile = (z: Node<'float'>) => this.texel(vec2(cell.x.add(z.mul(n.x)), y).div(size));
      return mix(tile(below), tile(above), share).toVar();
    };
    const [s0, s1, s2, s3, s4, s5, s6] = [0, 1, 2, 3, 4, 5, 6].map(pack) as Array<Node<'vec4'>>;
    return [
      s0!.xyz,
      vec3(s0!.w, s1!.xy),
      vec3(s1!.zw, s2!.x),
      s2!.yzw,
      s3!.xyz,
      vec3(s3!.w, s4!.xy),
      vec3(s4!.zw, s5!.x),
      s5!.yzw,
      s6!.xyz,
    ];
  }

  private texel(uv: Node<'vec2'>): Node<'vec4'> {
    return this.atlas.sample(uv).level(float(0)) as Node<'vec4'>;
  }

  /**
   * TSL: demodulated ambient lighting of a surface. The diffuse share takes irradiance / π around the normal, the
   * specular share the radiance along the mirror direction, which roughness blurs towards the irradiance.
   * rgb = both, a = luminance of the specular part alone.
   *
   * @param normal world-space shading normal
   * @param mirror world-space mirror direction of the view ray
   * @param specularShare share of the material factor that is specular, [0,1]
   */
  ambientNode(
    normal: Node<'vec3'>,
    mirror: Node<'vec3'>,
    roughness: Node<'float'>,
    specularShare: Node<'vec3'>,
  ): Node<'vec4'> {
    return Fn(() => {
      const sh = this.coefficients(positionWorld, normal);
      const diffuse = irradianceAround(normal, sh).toVar();
      const specular = reflectedAlong(mirror, normal, sh, roughness).mul(specularShare).toVar();
      const sum = diffuse.mul(specularShare.oneMinus()).add(specular);
      return vec4(sum, luminanceOf(specular));
    })();
  }

  dispose(): void {
    this.target.dispose();
  }
}

export type ProbeSet = (typeof SETS)[number];

function createAtlas(): RenderTarget {
  const target = new RenderTarget(1, 1, {
    type: HalfFloatType,
    depthBuffer: false,
    minFilter: LinearFilter,
    magFilter: LinearFilter,
  });
  target.texture.name = 'Probes';
  return target;
}

/** TSL: L2 SH irradiance / π of a surface with this normal. */
export const irradianceAround = (normal: Node<'vec3'>, sh: Array<Node<'vec3'>>): Node<'vec3'> =>
  max(getShIrradianceAt(normal, array(sh)) as Node<'vec3'>, vec3(0)).div(Math.PI);

/**
 * TSL: mean of L2 SH radiance over a GGX reflection lobe. The rougher, the more its middle turns from the mirror direction to
 * the normal, by roughness squared, and the less of each band is left (tests/gpu/lobe.test.ts). Of smooth lobes there is less
 * than the integral has, against ringing.
 */
export function reflectedAlong(
  mirror: Node<'vec3'>,
  normal: Node<'vec3'>,
  [c0, ...rest]: Array<Node<'vec3'>>,
  roughness: Node<'float'>,
): Node<'vec3'> {
  const alpha = roughness.mul(roughness).clamp(0, 1).toVar();
  const d = mix(mirror, normal, alpha).normalize().toVar();
  const width = alpha.oneMinus().mul(alpha.oneMinus()).oneMinus().toVar();
  const left = LOBE_BANDS.map(({ most, lost }) => min(width.mul(lost).oneMinus(), float(most)));
  const c = (i: number) => rest[i - 1]!;
  const band1 = c(1).mul(d.y).add(c(2).mul(d.z)).add(c(3).mul(d.x)).mul(0.488603);
  const band2 = c(4)
    .mul(d.x.mul(d.y).mul(1.092548))
    .add(c(5).mul(d.y.mul(d.z).mul(1.092548)))
    .add(c(6).mul(d.z.mul(d.z).mul(3).sub(1).mul(0.315392)))
    .add(c(7).mul(d.x.mul(d.z).mul(1.092548)))
    .add(c(8).mul(d.x.mul(d.x).sub(d.y.mul(d.y)).mul(0.546274)));
  return max(c0!.mul(0.282095).add(band1.mul(left[0]!)).add(band2.mul(left[1]!)), vec3(0));
}

/** What the widest lobe loses of bands 1 and 2, and the most that the narrowest keeps. */
const LOBE_BANDS = [
  { most: 0.85, lost: 0.38 },
  { most: 0.5, lost: 0.84 },
] as const;
