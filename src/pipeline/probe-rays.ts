import { FloatType, NearestFilter, RenderTarget } from 'three/webgpu';
import type { Node, WebGPURenderer } from 'three/webgpu';
import { Fn, If, Loop, array, cos, float, fract, int, ivec2, max, min, mrt, property, select, sin, sqrt, uint, uniform, vec3, vec4 } from 'three/tsl'; // prettier-ignore
import { FullscreenPass, image, pixel } from './fullscreen';
import { createTarget } from './gbuffer';
import { SET_TEXELS, irradianceAround } from './probes';
import type { Probes } from './probes';
import { EMITTER_BLOCKS } from './ray-emitters';
import type { RayLight } from './ray-light';
import { Random } from './sampling';

/** Directions of a probe, evenly over the sphere, and rays to glowing surfaces besides, one to each block of points. */
const DIRECTIONS = 128;
const GLOWS = EMITTER_BLOCKS;
/** A probe speaks for its cell: lamps count as at least this share of a cell away from it. */
const LEAST_DISTANCE = 0.5;
/** Times that a bake lets light bounce; what a ray hit stays, so that only its light is worked out again. */
const BOUNCES = 6;
/** Times that light bounces on in a scene that has come to rest, one a frame. */
const LAST_BOUNCES = 32;
/** A probe that sees the back of so many surfaces is inside something; its neighbours speak for it. */
const INSIDE = 0.25;
/** Half floats end at 65,504. */
const MAX_RADIANCE = 3e4;

/**
 * Fills the probe lattice by rays through the world (Majercik et al. 2019): all of it when a scene loads, some probes a
 * frame while lights and objects move. Images (directions + glows)×probes:
 * - direct: rgb = radiance from sky, analytic lights and glow (of a glow: radiance × solid angle), a = 1 where a back was hit
 * - surface: rgb = material factor of what was hit, a = distance in metres; normal: xyz = its world-space normal (of a
 *   glow: the direction to it)
 * - radiance: rgb = direct + what the lattice lights up, a = 1 where a back was hit
 */
export class ProbeRays {
  private readonly hits = createTarget('ProbeRays', ['direct', 'surface', 'normal'], false);
  private readonly radiance = createTarget('ProbeRadiance', ['radiance'], false);
  /** What a ray in each direction adds to each pack of a set, directions × packs. */
  private readonly weights = new RenderTarget(DIRECTIONS, SET_TEXELS, { type: FloatType, depthBuffer: false, minFilter: NearestFilter, magFilter: NearestFilter }); // prettier-ignore
  private readonly bounceShare = uniform(0);
  private readonly weigh: FullscreenPass;
  private readonly rays: FullscreenPass;
  private readonly bounce: FullscreenPass;
  private readonly project: FullscreenPass;
  private next = 0;
  /** Probes that have not looked around since the last change. */
  private outdated = 0;
  /** Bounces left until the lattice rests. */
  private bouncesLeft = 0;

  constructor(
    renderer: WebGPURenderer,
    private readonly probes: Probes,
    private readonly light: RayLight,
  ) {
    this.weights.texture.name = 'ProbeWeights';
    this.weigh = new FullscreenPass(renderer, 'Probes.weights', weightNode());
    this.rays = new FullscreenPass(renderer, 'Probes.rays', this.rayNode());
    this.bounce = new FullscreenPass(renderer, 'Probes.bounce', this.bounceNode());
    this.project = new FullscreenPass(renderer, 'Probes', this.projectNode());
  }

  /** Bakes every probe from scratch; the result depends on nothing but the scene as it stands. */
  bake(): void {
    this.next = 0;
    this.outdated = 0;
    this.bouncesLeft = LAST_BOUNCES;
    for (const target of [this.hits, this.radiance])
      target.setSize(DIRECTIONS + GLOWS, this.probes.count);
    this.weigh.render(this.weights);
    this.rays.render(this.hits);
    for (let i = 0; i <= BOUNCES; i++) {
      this.bounceShare.value = i === 0 ? 0 : 1;
      this.bounce.render(this.radiance);
      this.project.render(this.probes.target);
    }
  }

  /**
   * Looks around anew from the next `count` probes, up to the end of the lattice, if anything has changed since each of them did. Light
   * bounces once more everywhere, so that a change is through all bounces within some frames, not within as many rounds of the
   * lattice; until nothing is left to bounce.
   */
  refresh(count: number, hasChanged: boolean): void {
    const { hits, probes, next } = this;
    if (hasChanged) this.outdated = probes.count;
    if (this.outdated > 0) {
      const span = Math.min(count, probes.count - next);
      this.rays.renderArea(hits, { x: 0, y: next, width: hits.width, height: span });
      this.next = (next + span) % probes.count;
      this.outdated -= span;
      this.bouncesLeft = LAST_BOUNCES;
    }
    if (this.bouncesLeft <= 0) return;
    this.bouncesLeft--;
    this.bounce.render(this.radiance);
    this.project.render(probes.target);
  }

  private rayNode(): Node {
    const { probes, light } = this;
    const surface = property('vec4', 'probeSurface');
    const normal = property('vec4', 'probeNormal');
    const direct = Fn(() => {
      const found = vec4(0).toVar();
      surface.assign(vec4(0));
      normal.assign(vec4(0));
      const column = pixel().x.toVar();
      const probe = pixel().y.toVar();
      const position = probes.positionOf(probes.cellOf(probe));
      const random = new Random(uint(probe.mul(1009).add(column)));
      If(column.lessThan(int(DIRECTIONS)), () => {
        const direction = directionOf(column);
        const hit = light.rays.closest(position, direction);
        const seen = light.firstLight(position, direction, hit, random);
        found.assign(vec4(capped(seen.direct), hit.behind.select(float(1), float(0))));
        surface.assign(vec4(seen.factor, min(hit.distance, float(MAX_RADIANCE))));
        normal.assign(vec4(hit.normal, 0));
      }).Else(() => {
        const cell = probes.cellSize.toVar();
        const glow = light.glow.arriving(position, random, {
          block: column.sub(DIRECTIONS),
          leastDistance2: cell.dot(cell).mul(LEAST_DISTANCE ** 2 / 3),
          response: () => float(1),
        });
        found.assign(vec4(capped(glow.light.mul(glow.open)), 0));
        normal.assign(vec4(glow.offset.div(max(glow.offset.length(), float(1e-6))), 0));
      });
      return found;
    })();
    return mrt({ direct, surface, normal });
  }

  private bounceNode(): Node<'vec4'> {
    const { probes } = this;
    const [direct, surface, normal] = this.hits.textures.map((texture) => image(texture));
    return Fn(() => {
      const at = pixel().toVar();
      const seen = direct!.at(at).toVar();
      const factor = surface!.at(at).toVar();
      const towards = normal!.at(at).xyz.toVar();
      // Neither the sky nor glow reflects anything.
      If(factor.rgb.dot(vec3(1)).greaterThan(0), () => {
        const position = probes.positionOf(probes.cellOf(at.y));
        const point = position.add(directionOf(at.x).mul(factor.a));
        const sh = probes.coefficients(point, towards, 'unlit');
        seen.rgb.addAssign(factor.rgb.mul(irradianceAround(towards, sh)).mul(this.bounceShare));
      });
      return vec4(capped(seen.rgb), seen.a);
    })();
  }

  private projectNode(): Node<'vec4'> {
    const { probes } = this;
    return Fn(() => {
      const n = probes.resolution;
      const at = pixel().toVar();
      const cell = vec3(
        float(at.x).mod(n.x),
        float(at.y).mod(n.y),
        float(at.x).div(n.x).floor(),
      ).toVar();
      const pack = float(at.y).div(n.y).floor().toVar();
      const { sum, inside } = this.integrate(cell, pack);
      If(inside, () => {
        const neighbours = vec4(0).toVar();
        const count = float(0).toVar();
        Loop(6, ({ i }) => {
          const step = array(STEPS.map((v) => vec3(...v))).element(int(i)) as Node<'vec3'>;
          const there = cell.add(step).clamp(vec3(0), n.sub(1)).toVar();
          const other = this.integrate(there, pack);
          If(other.inside.not(), () => {
            neighbours.addAssign(other.sum);
            count.addAssign(1);
          });
        });
        sum.assign(neighbours.div(max(count, float(1))));
      });
      return sum;
    })();
  }

  /** TSL: one pack of a set of a probe's coefficients from its rays, and whether the probe is inside something. */
  private integrate(cell: Node<'vec3'>, pack: Node<'float'>) {
    const { probes } = this;
    const n = probes.resolution;
    const source = image(this.radiance.texture);
    const towards = image(this.hits.textures[2]!);
    const weights = image(this.weights.texture);
    const probe = int(cell.x.add(cell.z.mul(n.x)).add(cell.y.mul(n.x).mul(n.z))).toVar();
    const packInSet = int(pack.mod(SET_TEXELS)).toVar();
    const sum = vec4(0).toVar();
    const backs = float(0).toVar();
    Loop({ start: int(0), end: int(DIRECTIONS), type: 'int', condition: '<' }, ({ i }) => {
      const column = int(i).toVar();
      const ray = source.at(ivec2(column, probe)).toVar();
      sum.addAssign(weights.at(ivec2(column, packInSet)).mul(channelsOf(packInSet, ray.rgb)));
      backs.addAssign(ray.a);
    });
    If(pack.lessThan(SET_TEXELS), () => {
      Loop({ start: int(DIRECTIONS), end: int(DIRECTIONS + GLOWS), type: 'int', condition: '<' }, ({ i }) => {
        const at = ivec2(int(i).toVar(), probe);
        sum.addAssign(packed(towards.at(at).xyz.toVar(), packInSet, source.at(at).rgb));
      }); // prettier-ignore
    });
    return { sum, inside: backs.greaterThan(INSIDE * DIRECTIONS) };
  }

  dispose(): void {
    const { hits, radiance, weights, weigh, rays, bounce, project } = this;
    [hits, radiance, weights, weigh, rays, bounce, project].forEach((part) => part.dispose());
  }
}

const STEPS = [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]] as const; // prettier-ignore

/** TSL: directions of a spherical Fibonacci lattice. */
function directionOf(index: Node<'int'>): Node<'vec3'> {
  const z = float(index)
    .add(0.5)
    .mul(2 / DIRECTIONS)
    .oneMinus()
    .toVar();
  const r = sqrt(max(z.mul(z).oneMinus(), float(0)));
  const angle = fract(float(index).mul(0.6180339887))
    .mul(2 * Math.PI)
    .toVar();
  return vec3(cos(angle).mul(r), z, sin(angle).mul(r));
}

/** TSL: the packs of light of radiance 1 from all that a direction stands for. */
const weightNode = (): Node<'vec4'> =>
  Fn(() => {
    const { x: direction, y: pack } = pixel();
    return packed(directionOf(direction), pack, vec3((4 * Math.PI) / DIRECTIONS));
  })();

/** TSL: radiance times the four numbers of a pack: channel c of coefficient i is number 3i + c of the list. */
function packed(d: Node<'vec3'>, pack: Node<'int'>, radiance: Node<'vec3'>): Node<'vec4'> {
  const basis = basisAt(d).map((y) => y.toVar());
  const zero = vec4(0);
  const numbers = Array.from({ length: SET_TEXELS * 4 }, (_, i) => {
    const y = basis[Math.floor(i / 3)];
    return y ? y.mul([radiance.x, radiance.y, radiance.z][i % 3]!) : float(0);
  });
  return Array.from({ length: SET_TEXELS }, (_, k) => k).reduce<Node<'vec4'>>((other, k) => {
    const own = vec4(
      numbers[4 * k]!,
      numbers[4 * k + 1]!,
      numbers[4 * k + 2]!,
      numbers[4 * k + 3]!,
    );
    return select(pack.equal(int(k)), own, other) as Node<'vec4'>;
  }, zero);
}

/** TSL: the channels of radiance that the four numbers of a pack are of. */
function channelsOf(pack: Node<'int'>, { r, g, b }: Node<'vec3'>): Node<'vec4'> {
  const first = pack.mod(3).toVar();
  const later = select(first.equal(int(1)), vec4(g, b, r, g), vec4(b, r, g, b)) as Node<'vec4'>;
  return select(first.equal(int(0)), vec4(r, g, b, r), later) as Node<'vec4'>;
}

/** TSL: the nine real spherical harmonics up to L2, in three's order. */
const basisAt = (d: Node<'vec3'>): Node<'float'>[] => [
  float(0.282095),
  d.y.mul(0.488603),
  d.z.mul(0.488603),
  d.x.mul(0.488603),
  d.x.mul(d.y).mul(1.092548),
  d.y.mul(d.z).mul(1.092548),
  d.z.mul(d.z).mul(3).sub(1).mul(0.315392),
  d.x.mul(d.z).mul(1.092548),
  d.x.mul(d.x).sub(d.y.mul(d.y)).mul(0.546274),
];

const capped = (radiance: Node<'vec3'>): Node<'vec3'> => min(radiance, vec3(MAX_RADIANCE));
