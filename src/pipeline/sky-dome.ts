import { BackSide, Mesh, NodeMaterial, SphereGeometry } from 'three/webgpu';
import type { DataTexture, Node } from 'three/webgpu';
import {
  Fn,
  cameraProjectionMatrix,
  cameraViewMatrix,
  equirectUV,
  modelWorldMatrix,
  mrt,
  normalize,
  positionGeometry,
  texture,
  varying,
  vec3,
  vec4,
} from 'three/tsl';

import { encodeRadiance, encodeShared } from './packed';

/** Layer that only the main camera sees. */
export const SKY_LAYER = 1;

/** TSL: radiance of the sky along a world-space direction. */
export const skyRadiance = (environment: DataTexture, direction: Node<'vec3'>): Node<'vec3'> =>
  texture(environment, equirectUV(normalize(direction))).rgb;

/**
 * The sky as a mesh at the far plane for G-buffer and guide. It writes its radiance and its motion, and is
 * background to all else.
 */
export function createSkyDome(
  environment: DataTexture,
  motion: () => Node<'vec4'>,
  exposure: Node<'float'>,
): Mesh {
  const material = new NodeMaterial();
  material.name = 'SkyDome';
  material.side = BackSide;
  material.depthWrite = false;
  material.fog = false;
  const direction = varying(positionGeometry, 'skyDirection');
  material.vertexNode = Fn(() => {
    const rotated = cameraViewMatrix.mul(modelWorldMatrix).mul(vec4(positionGeometry, 0)).xyz;
    const clip = cameraProjectionMatrix.mul(vec4(rotated, 1)).toVar();
    // Just inside the far plane: at w itself rounding may clip it.
    return vec4(clip.xy, clip.w.mul(0.99999), clip.w);
  })();
  const radiance = skyRadiance(environment, direction);
  material.colorNode = radiance;
  material.mrtNode = mrt({
    light: vec4(0, 0, 0, 1),
    soft: vec4(0),
    albedo: vec4(0),
    normal: vec4(0),
    probe: vec4(vec3(0), 1),
    velocity: vec4(motion().xy, 0, 0),
    emissive: encodeShared(radiance),
    color: vec4(0),
    shape: vec4(0),
    glow: encodeRadiance(radiance.mul(exposure)),
    rest: vec4(0),
  });
  const dome = new Mesh(new SphereGeometry(1, 32, 16), material);
  dome.name = 'sky-dome';
  dome.frustumCulled = false;
  dome.renderOrder = 1000;
  dome.layers.set(SKY_LAYER);
  dome.userData.exportable = false;
  return dome;
}
