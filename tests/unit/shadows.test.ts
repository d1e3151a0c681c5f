import { beforeEach, describe, expect, it } from 'vitest';
import { BoxGeometry, DirectionalLight, InstancedMesh, Matrix4, Mesh, PointLight, Scene, SpotLight } from 'three/webgpu'; // prettier-ignore
import { Shadows } from '../../src/pipeline/shadows';

/** A lamp at the origin that reaches 2 m, a spot 20 m away, and a box beside each. */
function makeRoom() {
  const root = new Scene();
  const lamp = new PointLight();
  lamp.shadow.camera.far = 2;
  const spot = new SpotLight('#fff', 1, 0, 0.5);
  spot.position.set(20, 5, 0);
  spot.target.position.set(20, 0, 0);
  spot.shadow.camera.far = 10;
  const box = (x: number): Mesh => {
    const mesh = new Mesh(new BoxGeometry(0.5, 0.5, 0.5));
    mesh.position.set(x, 0, 1);
    mesh.castShadow = true;
    return mesh;
  };
  const [near, far] = [box(0), box(20)];
  for (const light of [lamp, spot]) light.castShadow = true;
  root.add(lamp, spot, spot.target, near, far);
  return { root, lamp, spot, near, far };
}

describe('Shadows', () => {
  let shadows: Shadows;
  let room: ReturnType<typeof makeRoom>;

  /** Which maps the next frame draws; three clears the mark when it has. */
  function drawn(): string[] {
    const { root, lamp, spot } = room;
    root.updateMatrixWorld();
    shadows.refresh();
    const names = { lamp, spot };
    return Object.entries(names).flatMap(([name, light]) => {
      const { needsUpdate } = light.shadow;
      if (needsUpdate && light === spot) spot.shadow.updateMatrices(spot);
      light.shadow.needsUpdate = false;
      return needsUpdate ? [name] : [];
    });
  }

  beforeEach(() => {
    room = makeRoom();
    shadows = new Shadows();
    shadows.setScene(room.root);
    expect(drawn()).toEqual(['lamp', 'spot']);
  });

  it('draws nothing again while nothing moves', () => {
    expect(drawn()).toEqual([]);
    expect(drawn()).toEqual([]);
  });

  it('draws the maps that a moved mesh is in', () => {
    room.near.position.x += 0.1;
    expect(drawn()).toEqual(['lamp']);
    room.far.rotation.y = 1;
    expect(drawn()).toEqual(['spot']);
    expect(drawn()).toEqual([]);
  });

  it('draws the map that a mesh has left', () => {
    room.near.position.set(20, 0, -1);
    expect(drawn()).toEqual(['lamp', 'spot']);
    expect(drawn()).toEqual([]);
  });

  it('draws the map of a light that moves or turns', () => {
    room.lamp.position.y = 0.2;
    expect(drawn()).toEqual(['lamp']);
    room.spot.target.position.x += 1;
    expect(drawn()).toEqual(['spot']);
  });

  it('sees meshes vanish, with what holds them', () => {
    const holder = room.near.parent!;
    room.near.visible = false;
    expect(drawn()).toEqual(['lamp']);
    room.near.visible = true;
    holder.visible = false;
    drawn();
    holder.visible = true;
    expect(drawn()).toEqual(['lamp', 'spot']);
  });

  it('sees instances move', () => {
    const crowd = new InstancedMesh(new BoxGeometry(), undefined, 2);
    crowd.castShadow = true;
    room.root.add(crowd);
    shadows.setScene(room.root);
    expect(drawn()).toEqual(['lamp', 'spot']);
    crowd.setMatrixAt(0, new Matrix4().makeTranslation(1, 0, 0));
    crowd.instanceMatrix.needsUpdate = true;
    expect(drawn()).toEqual(['lamp']);
    expect(drawn()).toEqual([]);
  });

  it('draws every map of what changes shape', () => {
    room.near.morphTargetInfluences = [0];
    shadows.setScene(room.root);
    drawn();
    expect(drawn()).toEqual(['lamp', 'spot']);
  });

  it('leaves lights without shadows alone', () => {
    const sun = new DirectionalLight();
    room.root.add(sun);
    shadows.setScene(room.root);
    drawn();
    expect(sun.shadow.autoUpdate).toBe(true);
  });
});
