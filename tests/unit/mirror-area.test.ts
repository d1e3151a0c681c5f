import { Mesh, MeshStandardMaterial, PerspectiveCamera, Scene, Skeleton, SkinnedMesh, SphereGeometry } from 'three'; // prettier-ignore
import type { MeshStandardMaterialParameters } from 'three';
import { describe, expect, it } from 'vitest';
import { MirrorArea } from '../../src/pipeline/mirror-area';

const size = { width: 200, height: 100 };
const whole = { x: 0, y: 0, ...size };
const chrome = { metalness: 1, roughness: 0 };

const ball = (options: MeshStandardMaterialParameters): Mesh =>
  new Mesh(new SphereGeometry(0.5), new MeshStandardMaterial(options));

/** The area of a scene as a camera at (0, 0, 5) sees it that looks towards -z with a vertical field of view of 90°. */
function areaOf(...meshes: readonly Mesh[]) {
  const scene = new Scene();
  scene.add(...meshes);
  scene.updateMatrixWorld();
  const camera = new PerspectiveCamera(90, 2, 0.1, 100);
  camera.position.z = 5;
  camera.updateMatrixWorld();
  const area = new MirrorArea();
  area.setScene(scene);
  return area.find(camera, camera.projectionMatrix, size);
}

describe('where mirrors may be', () => {
  it('a box around a mirror, and no more', () => {
    const mesh = ball(chrome);
    mesh.position.set(2, 0, 0);
    const area = areaOf(mesh)!;
    // The front of its box is 4.5 m away, where a metre is 50 / 4.5 pixels, the back 5.5 m; 2 pixels and rounding on each side.
    expect(area.x).toBeGreaterThanOrEqual(100 + (1.5 * 50) / 5.5 - 3);
    expect(area.x).toBeLessThanOrEqual(100 + (1.5 * 50) / 5.5 - 2);
    const right = 100 + (2.5 * 50) / 4.5;
    expect(area.x + area.width).toBeGreaterThanOrEqual(right + 2);
    expect(area.x + area.width).toBeLessThanOrEqual(right + 3);
    expect(area.y + area.height / 2).toBeCloseTo(50);
  });

  it('is around all of them', () => {
    const [left, right] = [ball(chrome), ball({ ...chrome, roughness: 0.1 })];
    left.position.x = -3;
    right.position.x = 3;
    const area = areaOf(left, right)!;
    expect(area.x).toBeLessThan(70);
    expect(area.x + area.width).toBeGreaterThan(130);
  });

  it.each([
    ['a smooth dielectric', { metalness: 0, roughness: 0 }],
    ['a rough metal', { metalness: 1, roughness: 0.3 }],
    ['a transparent metal', { ...chrome, transparent: true }],
  ])('%s is none', (_, options) => {
    expect(areaOf(ball(options))).toBeNull();
  });

  it('nothing outside of the picture, everything where a mirror reaches behind the camera', () => {
    const mesh = ball(chrome);
    mesh.position.set(-40, 0, 0);
    expect(areaOf(mesh)).toBeNull();
    mesh.position.set(0, 0, 5);
    expect(areaOf(mesh)).toEqual(whole);
  });

  it('everything for what a skeleton moves', () => {
    const mesh = new SkinnedMesh(new SphereGeometry(0.5), new MeshStandardMaterial(chrome));
    mesh.bind(new Skeleton([]));
    expect(areaOf(mesh)).toEqual(whole);
  });
});
