import { type Material, MeshStandardMaterial, type Object3D, type Scene, Texture } from 'three/webgpu'; // prettier-ignore
import { isMesh } from './kit';
import { ANISOTROPY } from './textures';

/** The G-buffer knows opaque standard materials: other kinds become the nearest of these. */
function toStandard(material: Material): MeshStandardMaterial {
  const isExact =
    material.type === 'MeshStandardMaterial' && material instanceof MeshStandardMaterial;
  const standard = isExact ? material : new MeshStandardMaterial();
  if (!isExact && material instanceof MeshStandardMaterial) {
    standard.copy(material);
  } else if (!isExact) {
    // Unlit: its colour without gloss.
    standard.name = material.name;
    standard.side = material.side;
    standard.roughness = 1;
    standard.vertexColors = material.vertexColors;
    if ('color' in material) Object.assign(standard, { color: material.color });
    if ('map' in material) Object.assign(standard, { map: material.map });
  }
  standard.transparent = false;
  standard.opacity = 1;
  standard.depthWrite = true;
  // glTF has no word for it, and floors would lose their grain a few metres away.
  for (const map of Object.values(standard))
    if (map instanceof Texture) map.anisotropy = ANISOTROPY;
  return standard;
}

/** Makes every mesh opaque, standard and shadowing; drops lines and points. */
export function prepareMeshes(root: Scene): void {
  const known = new Map<Material, MeshStandardMaterial>();
  const convert = (material: Material): MeshStandardMaterial => {
    const standard = known.get(material) ?? toStandard(material);
    known.set(material, standard);
    return standard;
  };
  const others: Object3D[] = [];
  root.traverse((object) => {
    if ('isLine' in object || 'isPoints' in object) others.push(object);
    if (!isMesh(object)) return;
    object.material = Array.isArray(object.material)
      ? object.material.map(convert)
      : convert(object.material);
    object.castShadow = true;
    object.receiveShadow = true;
  });
  for (const object of others) object.removeFromParent();
}
