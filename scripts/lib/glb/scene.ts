import type { BufferGeometry } from 'three';
import type { Pixels8 } from '../png';

/** Position in metres, factor or linear colour. */
export type Triple = readonly [number, number, number];

/** An image of a material, repeated. */
export interface GlbTexture {
  readonly pixels: Pixels8;
  /** How often it fills the unit square of the texture coordinates; default once. */
  readonly repeat?: readonly [number, number];
  readonly turnRad?: number;
}

/** A metallic-roughness material; colours are linear. */
export interface GlbMaterial {
  readonly color?: Triple;
  readonly metalness?: number;
  readonly roughness?: number;
  readonly map?: GlbTexture;
  /** Emitted radiance; with `glowMap` its factor. */
  readonly glow?: Triple;
  readonly glowMap?: GlbTexture;
  readonly isDoubleSided?: boolean;
}

/** A light of KHR_lights_punctual that shines along −z: candela, or lux for the sun, and its physical size. */
export interface GlbLight {
  readonly type: 'point' | 'spot' | 'directional';
  readonly intensity: number;
  readonly color?: Triple;
  readonly radiusM?: number;
  readonly angularDiameterDeg?: number;
  readonly innerConeDeg?: number;
  readonly outerConeDeg?: number;
}

/** Values over time from time 0 on, blended linearly. */
export interface GlbTrack {
  readonly path: 'translation' | 'rotation' | 'weights';
  readonly timesS: readonly number[];
  readonly values: readonly (readonly number[])[];
}

/** A node with what hangs below it. */
export interface GlbNode {
  readonly name: string;
  readonly geometry?: BufferGeometry;
  readonly material?: GlbMaterial;
  /** Offsets of the geometry's vertices, three numbers each, one array a morph target. */
  readonly morphs?: readonly Float32Array[];
  readonly light?: GlbLight;
  readonly camera?: { readonly fovDeg: number; readonly nearM: number; readonly farM: number };
  readonly at?: Triple;
  /** Quaternion. */
  readonly turn?: readonly number[];
  readonly scale?: Triple;
  readonly tracks?: readonly GlbTrack[];
  readonly children?: readonly GlbNode[];
}
