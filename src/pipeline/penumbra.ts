import type { DepthTexture, Light, LightShadow, Node, SpotLight } from 'three/webgpu';
import {
  Fn,
  If,
  Loop,
  abs,
  cos,
  cross,
  cubeTexture,
  float,
  ivec2,
  interleavedGradientNoise,
  lightShadowMatrix,
  max,
  min,
  normalWorld,
  normalize,
  positionWorld,
  reference,
  renderGroup,
  screenCoordinate,
  sin,
  sqrt,
  uniform,
  vec2,
  vec3,
  vec4,
} from 'three/tsl';
import type { LightSize } from '../scenes/scene';
import { plainTexture } from './fullscreen';

const BLOCKER_TAPS = 10;
const FILTER_TAPS = 14;
/** Wider searches than this share of the shadow map would skip thin blockers between their taps. */
const MAX_SEARCH = 0.12;

/**
 * Percentage-closer soft shadows (Fernando 2005) from the shadow map that three already drew for the hard shadow.
 * Returns x = visibility [0,1] filtered over the light's physical size, y = penumbra width at the surface in metres.
 */
export function softVisibility(light: Light, depthTexture: DepthTexture): Node<'vec2'> {
  if ('isPointLight' in light && light.isPointLight) return softPoint(light, depthTexture);
  return softProjected(light, depthTexture);
}

const shadowOf = (light: Light): LightShadow => (light as Light & { shadow: LightShadow }).shadow;

/** Golden angle between neighbouring taps. */
const TURN = Math.PI * (3 - Math.sqrt(5));

/** TSL: a disc's radius times these for each of `count` taps of a Vogel disc that is turned differently at each pixel. */
function eachTap(count: number, body: (offset: Node<'vec2'>) => void): void {
  const phi = interleavedGradientNoise(screenCoordinate.xy)
    .mul(Math.PI * 2)
    .toVar();
  // Turned on from tap to tap: a sine and a cosine each would cost more than the look-up.
  const direction = vec2(cos(phi), sin(phi)).toVar();
  const [c, s] = [Math.cos(TURN), Math.sin(TURN)];
  Loop(count, ({ i }) => {
    body(direction.mul(sqrt(float(i).add(0.5).div(count))).toVar());
    direction.assign(
      vec2(direction.x.mul(c).sub(direction.y.mul(s)), direction.x.mul(s).add(direction.y.mul(c))),
    );
  });
}

/** Spot and directional lights: one projected depth map. */
function softProjected(light: Light, depthTexture: DepthTexture): Node<'vec2'> {
  const shadow = shadowOf(light);
  const near = uniform(0).setGroup(renderGroup);
  const far = uniform(0).setGroup(renderGroup);
  const bias = reference('bias', 'float', shadow).setGroup(renderGroup);
  const normalBias = reference('normalBias', 'float', shadow).setGroup(renderGroup);
  const isSpot = 'isSpotLight' in light;
  // World width of the map: at unit distance for a spot, everywhere for a directional light.
  const mapWidth = uniform(1).setGroup(renderGroup);
  // Spot: emitter radius in metres. Directional: tangent of half the apparent diameter.
  const size = uniform(0).setGroup(renderGroup);
  size.onRenderUpdate(() => {
    const { radiusM = 0.05, angularDiameterDeg = 0.53 } = light.userData as LightSize;
    const camera = shadow.camera as unknown as {
      near: number;
      far: number;
      right?: number;
      left?: number;
    };
    near.value = camera.near;
    far.value = camera.far;
    mapWidth.value = isSpot
      ? 2 * Math.tan((light as SpotLight).angle)
      : (camera.right ?? 1) - (camera.left ?? -1);
    return isSpot ? radiusM : Math.tan((angularDiameterDeg * Math.PI) / 360);
  });

  const metres = (depth: Node<'float'>): Node<'float'> =>
    isSpot
      ? near.mul(far).div(far.sub(depth.mul(far.sub(near))))
      : near.add(depth.mul(far.sub(near)));

  return Fn(() => {
    const p = lightShadowMatrix(light)
      .mul(vec4(positionWorld.add(normalWorld.mul(normalBias)), 1))
      .toVar();
    const coord = p.xyz.div(p.w).toVar();
    const uv = vec2(coord.x, coord.y.oneMinus()).toVar();
    const receiver = coord.z.add(bias).toVar();
    const receiverM = metres(coord.z).toVar();
    const mapSize = reference('mapSize', 'vec2', shadow).setGroup(renderGroup);
    // Loaded, not sampled: the map's sampler is a comparison sampler.
    const depthAt = (at: Node<'vec2'>): Node<'float'> =>
      plainTexture(depthTexture).load(ivec2(at.clamp(0, 0.9999).mul(mapSize))).r;

    const search = min(
      isSpot ? size.mul(2).div(mapWidth.mul(receiverM)) : size.mul(receiverM).div(mapWidth),
      float(MAX_SEARCH),
    ).toVar();
    const blockers = float(0).toVar();
    const blockerSum = float(0).toVar();
    eachTap(BLOCKER_TAPS, (offset) => {
      const depth = depthAt(uv.add(offset.mul(search))).toVar();
      const blocks = depth.lessThan(receiver).select(float(1), float(0)).toVar();
      blockers.addAssign(blocks);
      blockerSum.addAssign(metres(depth).mul(blocks));
    });
    const blockerM = blockerSum.div(max(blockers, float(1)));
    const gap = max(receiverM.sub(blockerM), float(0));
    const widthM = (isSpot ? size.mul(gap).div(max(blockerM, float(0.05))) : size.mul(gap))
      .mul(min(blockers, float(1)))
      .toVar();

    const radius = min(
      widthM.div(isSpot ? mapWidth.mul(receiverM) : mapWidth),
      float(MAX_SEARCH),
    ).toVar();
    const passes = (at: Node<'vec2'>): Node<'float'> =>
      depthAt(at).lessThan(receiver).select(float(0), float(1));
    const lit = float(0).toVar();
    If(radius.greaterThan(0), () => {
      eachTap(FILTER_TAPS, (offset) => {
        lit.addAssign(passes(uv.add(offset.mul(radius))));
      });
      lit.divAssign(FILTER_TAPS);
    }).Else(() => {
      lit.assign(passes(uv));
    });
    const inside = uv.x
      .greaterThan(0)
      .and(uv.x.lessThan(1))
      .and(uv.y.greaterThan(0))
      .and(uv.y.lessThan(1))
      .and(coord.z.lessThan(1));
    return inside.select(vec2(lit, widthM), vec2(1, 0));
  })();
}

/** Point lights: a cube depth map, addressed by direction. */
function softPoint(light: Light, depthTexture: DepthTexture): Node<'vec2'> {
  const shadow = shadowOf(light);
  const near = uniform(0).setGroup(renderGroup);
  const far = uniform(0).setGroup(renderGroup);
  const bias = reference('bias', 'float', shadow).setGroup(renderGroup);
  const size = uniform(0).setGroup(renderGroup);
  size.onRenderUpdate(() => {
    const camera = shadow.camera as unknown as { near: number; far: number };
    near.value = camera.near;
    far.value = camera.far;
    return (light.userData as LightSize).radiusM ?? 0.05;
  });
  const metres = (depth: Node<'float'>): Node<'float'> =>
    near.mul(far).div(far.sub(depth.mul(far.sub(near))));

  return Fn(() => {
    // three keeps the negated light position in the matrix of a point light's shadow.
    const toSurface = lightShadowMatrix(light).mul(vec4(positionWorld, 1)).xyz.toVar();
    const distance = toSurface.length().toVar();
    const direction = toSurface.div(distance).toVar();
    const side = abs(direction.x)
      .greaterThan(abs(direction.z))
      .select(vec3(0, 1, 0), vec3(1, 0, 0));
    const tangent = normalize(cross(direction, side)).toVar();
    const bitangent = cross(direction, tangent).toVar();
    // The map stores depth along the face's axis; times this it becomes distance along the ray.
    const blockerAt = (offset: Node<'vec2'>): Node<'float'> => {
      const d = direction.add(tangent.mul(offset.x)).add(bitangent.mul(offset.y)).toVar();
      const axis = max(abs(d.x), max(abs(d.y), abs(d.z)));
      // Empty directions hold depth 1; past it the hyperbolic depth would turn negative.
      const depth = min(cubeTexture(depthTexture as never, d).r.sub(bias), float(1));
      return metres(depth).mul(d.length().div(axis));
    };
    const receiver = distance.mul(0.995).sub(0.01).toVar();
    const search = min(size.mul(2).div(distance), float(MAX_SEARCH * 2)).toVar();
    const blockers = float(0).toVar();
    const blockerSum = float(0).toVar();
    eachTap(BLOCKER_TAPS, (offset) => {
      const depth = blockerAt(offset.mul(search)).toVar();
      const blocks = depth.lessThan(receiver).select(float(1), float(0)).toVar();
      blockers.addAssign(blocks);
      blockerSum.addAssign(depth.mul(blocks));
    });
    const blockerM = blockerSum.div(max(blockers, float(1)));
    const widthM = size
      .mul(max(distance.sub(blockerM), float(0)))
      .div(max(blockerM, float(0.05)))
      .mul(min(blockers, float(1)))
      .toVar();
    const radius = min(widthM.div(distance), float(MAX_SEARCH * 2)).toVar();
    const passes = (offset: Node<'vec2'>): Node<'float'> =>
      blockerAt(offset).lessThan(receiver).select(float(0), float(1));
    const lit = float(0).toVar();
    If(radius.greaterThan(0), () => {
      eachTap(FILTER_TAPS, (offset) => {
        lit.addAssign(passes(offset.mul(radius)));
      });
      lit.divAssign(FILTER_TAPS);
    }).Else(() => {
      lit.assign(passes(vec2(0)));
    });
    return vec2(lit, widthM);
  })();
}
