import {
  Box3,
  Color,
  type DataTexture,
  PerspectiveCamera,
  PlaneGeometry,
  SphereGeometry,
  Vector3,
} from 'three/webgpu';
import type { CalibrationSceneName } from './entries';
import { SceneKit, type Triple } from './kit';
import { addPoint, addSpot, addSun, aimSun, setLightSize, sunDirection } from './lights';
import type { DemoScene } from './scene';
import { box, boxes } from './shapes';
import { makeSky } from './sky';

/*
 * Scenes that measure instead of please: one surface under one light, whose radiance has a closed form, and two places
 * whose bounced light the probe grid must get right. tests/golden/calibration.json repeats the numbers of the former;
 * the tests refuse a difference.
 */

/** Emitters this small cast shadows as hard as the raw frame's. */
const TINY_RADIUS_M = 0.001;
const TINY_DIAMETER_DEG = 0.01;

const lightColor = new Color().setRGB(1, 0.8, 0.6);
const grey = new Color().setRGB(0.5, 0.5, 0.5);
const bronze = new Color().setRGB(0.9, 0.6, 0.3);

type Shape = 'plane' | 'sphere';
type LightKind = 'directional' | 'point' | 'spot';

/** Where the light stands and what it points at. */
interface Aim {
  readonly at: Triple;
  readonly target: Triple;
}

interface Surface {
  readonly eye: Triple;
  readonly target: Triple;
  readonly fovDeg: number;
  readonly light: Aim;
  add(kit: SceneKit): void;
}

const surfaces: Record<Shape, Surface> = {
  plane: {
    eye: [0.4, 1.5, 2.1],
    target: [0, 0, 0.1],
    fovDeg: 40,
    light: { at: [-0.8, 2.2, 0.6], target: [0, 0, 0] },
    add(kit) {
      const material = kit.material({ color: grey, roughness: 1 });
      kit.mesh(new PlaneGeometry(30, 30), material, { turn: [-Math.PI / 2, 0, 0] });
    },
  },
  sphere: {
    eye: [0, 0.3, 1.7],
    target: [0, 0, 0],
    // Close: three roughens a surface by the turn of its normal from pixel to pixel.
    fovDeg: 24,
    light: { at: [-0.9, 1.1, 1.4], target: [0, 0, 0] },
    add(kit) {
      const material = kit.material({ color: bronze, roughness: 0.5, metalness: 1 });
      kit.mesh(new SphereGeometry(0.5, 128, 64), material);
    },
  },
};

type AddLight = (kit: SceneKit, aim: Aim) => void;

const lights: Record<LightKind, AddLight> = {
  directional({ root }, { at, target }) {
    const sun = addSun(root, { color: lightColor, lux: 3, centre: target, radiusM: 6 });
    // Far enough that the shadow map holds everything in view.
    sun.position.set(...at).multiplyScalar(4);
    setLightSize(sun, { angularDiameterDeg: TINY_DIAMETER_DEG });
  },
  point({ root }, { at }) {
    addPoint(root, {
      color: lightColor,
      intensityCd: 12,
      at,
      radiusM: TINY_RADIUS_M,
      farM: 12,
    });
  },
  spot({ root }, { at, target }) {
    addSpot(root, {
      color: lightColor,
      intensityCd: 16,
      at,
      target,
      coneDeg: 70,
      penumbra: 0.5,
      radiusM: TINY_RADIUS_M,
      farM: 12,
    });
  },
};

/** What the scenes of this file differ in. */
interface Place {
  readonly eye: Triple;
  readonly target: Triple;
  readonly fovDeg: number;
  readonly environment?: DataTexture;
  readonly probeBounds: readonly [min: Triple, max: Triple];
  readonly probeResolution: Triple;
}

function finish(kit: SceneKit, place: Place): DemoScene {
  const { eye, target, fovDeg, environment = null, probeBounds, probeResolution } = place;
  const camera = new PerspectiveCamera(fovDeg, 16 / 9, 0.05, 60);
  const flyCamera = (): void => {
    camera.position.set(...eye);
    camera.lookAt(...target);
    camera.updateMatrixWorld();
  };
  flyCamera();
  return {
    name: kit.root.name,
    description: 'Compares the raw frame with the path tracer.',
    seenInTraining: false,
    root: kit.root,
    camera,
    environment,
    probeBounds: new Box3(new Vector3(...probeBounds[0]), new Vector3(...probeBounds[1])),
    probeResolution,
    durationS: 1,
    animate: () => {},
    flyCamera,
    dispose: () => kit.dispose(),
  };
}

/** One surface under one light in front of black. */
function createClosedForm(name: string, surface: Surface, addLight: AddLight): DemoScene {
  const kit = new SceneKit(name);
  surface.add(kit);
  addLight(kit, surface.light);
  const probeBounds = [
    [-2, 1, -2],
    [2, 3, 2],
  ] as const;
  return finish(kit, { ...surface, probeBounds, probeResolution: [2, 2, 2] });
}

/** A closed room, red and green at the sides: everything beyond the spot's cone is bounced light. */
function createRoom(): DemoScene {
  const kit = new SceneKit('calibration-room');
  const white = kit.material({ color: new Color().setRGB(0.7, 0.7, 0.7), roughness: 1 });
  const red = kit.material({ color: new Color().setRGB(0.6, 0.12, 0.08), roughness: 1 });
  const green = kit.material({ color: new Color().setRGB(0.1, 0.45, 0.15), roughness: 1 });
  const shell: [Triple, Triple][] = [
    [
      [4.2, 0.1, 5.2],
      [0, -0.05, 0],
    ],
    [
      [4.2, 0.1, 5.2],
      [0, 2.65, 0],
    ],
    [
      [4.2, 2.6, 0.1],
      [0, 1.3, -2.55],
    ],
    [
      [4.2, 2.6, 0.1],
      [0, 1.3, 2.55],
    ],
  ];
  kit.mesh(boxes(shell), white);
  kit.mesh(box([0.1, 2.6, 5]), red, { at: [-2.05, 1.3, 0] });
  kit.mesh(box([0.1, 2.6, 5]), green, { at: [2.05, 1.3, 0] });
  kit.mesh(box([0.9, 1.1, 0.9]), white, { at: [-0.7, 0.55, -1.1], turn: [0, 0.4, 0] });
  addSpot(kit.root, {
    intensityCd: 30,
    at: [0.3, 2.5, -0.2],
    target: [0.9, 0, -0.9],
    coneDeg: 80,
    penumbra: 0.6,
    radiusM: 0.05,
    farM: 6,
  });
  return finish(kit, {
    eye: [0.2, 1.4, 2.3],
    target: [0, 1.1, -1],
    fovDeg: 60,
    probeBounds: [
      [-1.8, 0.15, -2.3],
      [1.8, 2.4, 2.3],
    ],
    probeResolution: [6, 4, 7],
  });
}

/** A court under sun and sky: half of it lies in the shadow of its walls. */
function createCourtyard(): DemoScene {
  const kit = new SceneKit('calibration-courtyard');
  const stone = kit.material({ color: new Color().setRGB(0.5, 0.46, 0.4), roughness: 1 });
  const clay = kit.material({ color: new Color().setRGB(0.55, 0.22, 0.12), roughness: 1 });
  kit.mesh(box([9, 0.2, 9]), stone, { at: [0, -0.1, 0] });
  const walls: [Triple, Triple][] = [
    [
      [9, 3, 0.4],
      [0, 1.5, -4.2],
    ],
    [
      [9, 3, 0.4],
      [0, 1.5, 4.2],
    ],
    [
      [0.4, 3, 8],
      [4.2, 1.5, 0],
    ],
  ];
  kit.mesh(boxes(walls), stone);
  kit.mesh(box([0.4, 3, 8]), clay, { at: [-4.2, 1.5, 0] });
  kit.mesh(box([1.2, 2, 1.2]), clay, { at: [1.2, 1, -1.6], turn: [0, 0.5, 0] });
  const sun = addSun(kit.root, { lux: 3, centre: [0, 1, 0], radiusM: 7 });
  aimSun(sun, { elevationDeg: 42, azimuthDeg: 25, distanceM: 14 });
  const environment = kit.own(makeSky({ sunDirection: sunDirection(42, 25) }));
  return finish(kit, {
    eye: [2.6, 1.8, 3.6],
    target: [-0.6, 0.9, -1.5],
    fovDeg: 60,
    environment,
    probeBounds: [
      [-3.8, 0.2, -3.8],
      [3.8, 3.2, 3.8],
    ],
    probeResolution: [7, 4, 7],
  });
}

/** Builds one of the calibration scenes; they are not in the GUI. */
export function createCalibrationScene(name: CalibrationSceneName): DemoScene {
  if (name === 'calibration-room') return createRoom();
  if (name === 'calibration-courtyard') return createCourtyard();
  const [, shape, kind] = name.split('-') as ['calibration', Shape, LightKind];
  return createClosedForm(name, surfaces[shape], lights[kind]);
}
