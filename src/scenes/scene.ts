import type { Box3, DataTexture, PerspectiveCamera, Scene } from 'three/webgpu';

/** A scene the demo can play: everything is a pure function of scene time, so that any frame can be reproduced. */
export interface DemoScene {
  /** Identifier used by `?scene=`, the GUI and the evaluation. */
  readonly name: string;
  /** One line for the GUI: which kind of light the raw frame of this scene lacks. */
  readonly description: string;
  /** Whether a training picture of this scene was ever used. Held-out scenes carry the published figures. */
  readonly seenInTraining: boolean;
  /** Meshes (MeshStandardMaterial) and lights; no camera, no ambient light. Metres, y up. */
  readonly root: Scene;
  /** Vertical field of view, near and far are set; the path moves it; the page sets its aspect. */
  readonly camera: PerspectiveCamera;
  /** Equirectangular sky radiance (linear RGB float, row 0 = up as three samples it) or null for black. */
  readonly environment: DataTexture | null;
  /** World-space box of the light probe grid; it should hold the lit surfaces that matter. */
  readonly probeBounds: Box3;
  /** Probes along x, y, z. */
  readonly probeResolution: readonly [number, number, number];
  /** Outermost layers of probes that stand around the scene, not in it; none unless told. */
  readonly probeMargin?: number;
  /** Length of the camera path and animation loop in seconds. */
  readonly durationS: number;
  /** Moves objects and lights to scene time `timeS` (deterministic, no internal state). */
  animate(timeS: number): void;
  /** Moves the camera along its path to scene time `timeS` (deterministic). */
  flyCamera(timeS: number): void;
  /** Frees geometries, materials and textures. */
  dispose(): void;
}

/** Physical size of a light's emitter, kept in `light.userData`; the raw frame ignores it, the path-traced target uses it. */
export interface LightSize {
  /** Radius of the emitting disc or sphere of point and spot lights, in metres. Default 0.05. */
  radiusM?: number;
  /** Apparent diameter of a directional light, in degrees. Default 0.53 (the sun). */
  angularDiameterDeg?: number;
}
