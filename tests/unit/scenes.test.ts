import {
  Box3,
  type Camera,
  Color,
  type DataTexture,
  type Light,
  type Mesh,
  type Object3D,
  Vector3,
} from 'three/webgpu';
import { afterAll, describe, expect, it } from 'vitest';
import { UnknownSceneError, createScene, isSceneName, sceneNames } from '../../src/scenes/registry';
import type { DemoScene } from '../../src/scenes/scene';
import { makeDefaultSky, makeSky } from '../../src/scenes/sky';
import { makeSurfaceMaps } from '../../src/scenes/textures';

const generated = ['gen-0', 'gen-1', 'gen-2', 'gen-3', 'gen-4', 'gen-5', 'gen-6', 'gen-7'];
const heldOut = ['held-0', 'held-1', 'held-2', 'held-3', 'held-4', 'held-5'];
const names = [...sceneNames, ...generated, ...heldOut];

const isMesh = (object: Object3D): object is Mesh => 'isMesh' in object && object.isMesh === true;
const isLight = (object: Object3D): object is Light =>
  'isLight' in object && object.isLight === true;

function collect<T extends Object3D>(
  scene: DemoScene,
  test: (object: Object3D) => object is T,
): T[] {
  const found: T[] = [];
  scene.root.updateMatrixWorld(true);
  scene.root.traverseVisible((object) => {
    if (test(object)) found.push(object);
  });
  return found;
}

const meshesOf = (scene: DemoScene): Mesh[] => collect(scene, isMesh);
const lightsOf = (scene: DemoScene): Light[] => collect(scene, isLight);

/** Everything that a picture at one time depends on, as numbers. */
function stateAt(scene: DemoScene, timeS: number): number[] {
  scene.animate(timeS);
  scene.flyCamera(timeS);
  scene.camera.updateMatrixWorld();
  const numbers = [...scene.camera.matrixWorld.elements];
  for (const mesh of meshesOf(scene)) numbers.push(...mesh.matrixWorld.elements);
  return [...numbers, ...lightState(scene)];
}

function lightState(scene: DemoScene): number[] {
  const numbers: number[] = [];
  for (const light of lightsOf(scene)) {
    numbers.push(light.intensity, ...light.color.toArray(), ...light.matrixWorld.elements);
    if ('target' in light) numbers.push(...(light.target as Object3D).matrixWorld.elements);
  }
  for (const mesh of meshesOf(scene)) {
    const { material } = mesh;
    if (!Array.isArray(material) && 'emissive' in material && material.emissive instanceof Color) {
      numbers.push(...material.emissive.toArray());
      if ('emissiveIntensity' in material) numbers.push(Number(material.emissiveIntensity));
    }
  }
  return numbers;
}

const texelsOf = (texture: DataTexture): ArrayLike<number> =>
  texture.image.data as ArrayLike<number>;

function textureChecksum(scene: DemoScene): number {
  let sum = 0;
  for (const { material } of meshesOf(scene)) {
    if (Array.isArray(material) || !('map' in material) || !material.map) continue;
    const data = texelsOf(material.map as DataTexture);
    for (let i = 0; i < data.length; i += 37) sum = (sum * 31 + (data[i] ?? 0)) % 1000003;
  }
  return sum;
}

const triangles = (mesh: Mesh): number =>
  (mesh.geometry.index?.count ?? mesh.geometry.attributes.position?.count ?? 0) / 3;

const times = (scene: DemoScene): number[] =>
  Array.from({ length: 12 }, (_, i) => (i * scene.durationS) / 12);

function eyeOf(camera: Camera): Vector3 {
  camera.updateMatrixWorld();
  return new Vector3().setFromMatrixPosition(camera.matrixWorld);
}

describe.each(names)('scene %s', { timeout: 30_000 }, (name) => {
  const scene = createScene(name);
  afterAll(() => scene.dispose());

  it('is the same every time it is built', () => {
    const again = createScene(name);
    expect(stateAt(again, 0.7)).toEqual(stateAt(scene, 0.7));
    expect(textureChecksum(again)).toBe(textureChecksum(scene));
    again.dispose();
  });

  it('depends on time only, not on the order of calls', () => {
    const first = stateAt(scene, 0.4);
    stateAt(scene, 1.9);
    stateAt(scene, 0.1);
    expect(stateAt(scene, 0.4)).toEqual(first);
  });

  it('loops without a jump of the camera', () => {
    scene.flyCamera(0);
    const start = eyeOf(scene.camera);
    scene.flyCamera(scene.durationS);
    expect(eyeOf(scene.camera).distanceTo(start)).toBeLessThan(1e-6);
  });

  it('stays inside its budget', () => {
    const meshes = meshesOf(scene);
    expect(meshes.length).toBeLessThanOrEqual(60);
    expect(meshes.reduce((sum, mesh) => sum + triangles(mesh), 0)).toBeLessThanOrEqual(60000);
    expect(lightsOf(scene).filter((light) => light.castShadow).length).toBeLessThanOrEqual(3);
  });

  it('uses opaque standard materials and only the allowed lights', () => {
    for (const { material } of meshesOf(scene)) {
      if (Array.isArray(material)) throw new TypeError('one material a mesh');
      expect(material.type).toBe('MeshStandardMaterial');
      expect(material.transparent).toBe(false);
    }
    for (const { type } of lightsOf(scene)) expect(type).toMatch(/^(Directional|Point|Spot)Light$/);
  });

  it('has finite geometry with normals and texture coordinates', () => {
    for (const mesh of meshesOf(scene)) {
      expect(Object.keys(mesh.geometry.attributes).toSorted()).toEqual([
        'normal',
        'position',
        'uv',
      ]);
      const box = new Box3().setFromObject(mesh);
      expect([...box.min.toArray(), ...box.max.toArray()].every(Number.isFinite)).toBe(true);
    }
  });

  it('has a moving object and a changing light', () => {
    const poses = (timeS: number): number[][] => {
      scene.animate(timeS);
      return meshesOf(scene).map((mesh) => mesh.matrixWorld.toArray());
    };
    const before = poses(0.15);
    const lightBefore = lightState(scene);
    const after = poses(0.6);
    const moved = before.filter((pose, i) =>
      pose.some((value, k) => Math.abs(value - (after[i]?.[k] ?? value)) > 1e-3),
    );
    expect(moved.length).toBeGreaterThan(0);
    const lightAfter = lightState(scene);
    expect(lightBefore.some((value, i) => Math.abs(value - (lightAfter[i] ?? value)) > 1e-3)).toBe(
      true,
    );
  });

  it('keeps the camera out of the objects and inside the probe grid', () => {
    // Walls with arches or windows fill their box only in part; a camera has no business in any of these boxes, though.
    const exempt = name === 'atrium' || name === 'cornell' || name === 'workcell';
    for (const timeS of times(scene)) {
      scene.animate(timeS);
      scene.flyCamera(timeS);
      const eye = eyeOf(scene.camera);
      expect(scene.probeBounds.clone().expandByScalar(0.5).containsPoint(eye)).toBe(true);
      for (const mesh of meshesOf(scene)) {
        const box = new Box3().setFromObject(mesh, true);
        const size = box.getSize(new Vector3());
        // Merged architecture spans the hall; only single things are told by their boxes.
        if (exempt && Math.max(size.x, size.z) > 3) continue;
        expect(box.distanceToPoint(eye)).toBeGreaterThan(0.05);
      }
    }
  });

  it('gives every light a physical size', () => {
    for (const { type, userData } of lightsOf(scene)) {
      const size: unknown =
        type === 'DirectionalLight' ? userData.angularDiameterDeg : userData.radiusM;
      expect(size).toBeGreaterThan(0);
    }
  });
});

describe('registry', () => {
  it('keeps evaluation apart from training', { timeout: 60_000 }, () => {
    const layoutOf = (name: string): string => {
      const { description, seenInTraining } = createScene(name);
      expect(seenInTraining).toBe(name.startsWith('gen-'));
      return /^Generated (\w+),/.exec(description)?.[1] ?? description;
    };
    const layouts = (family: string): string[] =>
      [
        ...new Set(Array.from({ length: 32 }, (_, seed) => layoutOf(`${family}-${seed}`))),
      ].toSorted();
    expect(layouts('gen')).toEqual(['hall', 'room', 'street', 'yard']);
    expect(layouts('held')).toEqual(['courtyard', 'gallery', 'stairwell']);
    expect(createScene('workcell').seenInTraining).toBe(false);
  });

  it.each(['', 'Cornell', 'gen-', 'gen-1.5', 'gen--1', 'gen-01', 'held-4294967296', '__proto__'])(
    'refuses the name "%s"',
    (name) => {
      expect(isSceneName(name)).toBe(false);
      expect(() => createScene(name)).toThrow(UnknownSceneError);
      expect(() => createScene(name)).toThrow(/cornell, atrium, workcell/);
    },
  );
});

describe('textures and sky', () => {
  const options = {
    pattern: 'brick',
    seed: 5,
    base: '#aa5544',
    accent: '#dddddd',
    sizePx: 64,
  } as const;

  it('bakes equal textures from equal options and others from another seed', () => {
    const [a, b] = [makeSurfaceMaps(options), makeSurfaceMaps(options)];
    expect(texelsOf(a.map)).toEqual(texelsOf(b.map));
    expect(texelsOf(a.roughnessMap)).toEqual(texelsOf(b.roughnessMap));
    expect(texelsOf(makeSurfaceMaps({ ...options, seed: 6 }).map)).not.toEqual(texelsOf(a.map));
  });

  it('puts the ground in the first row and the zenith in the last', () => {
    const sky = makeSky({ ground: [1, 0, 0], zenith: [0, 0, 1], halo: [0, 0, 0] });
    const data = texelsOf(sky);
    expect([data[0], data[1], data[2]]).toEqual([1, 0, 0]);
    expect(data[data.length - 2]).toBeGreaterThan(0.9);
    expect(makeDefaultSky().image.width).toBe(128);
  });
});
