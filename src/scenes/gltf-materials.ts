import { DoubleSide, type Material, type Mesh, MeshPhysicalMaterial, MeshStandardMaterial, type Object3D, type Scene, Texture } from 'three/webgpu'; // prettier-ignore
import { LUMINANCE } from '../core/color';
import { isClosed } from './closed-mesh';
import { isMesh, isTransparent } from './kit';
import { texelsOf } from './texels';
import { ANISOTROPY } from './textures';

/** The G-buffer knows standard materials: other kinds become the nearest of these. */
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
    standard.transparent = material.transparent;
    standard.opacity = material.opacity;
    standard.alphaTest = material.alphaTest;
    if ('color' in material) Object.assign(standard, { color: material.color });
    if ('map' in material) Object.assign(standard, { map: material.map });
  }
  // glTF has no word for it, and floors would lose their grain a few metres away.
  for (const map of Object.values(standard))
    if (map instanceof Texture) map.anisotropy = ANISOTROPY;
  if (isGlass(material)) becomePane(standard, material);
  else if (standard.transparent) settleCoverage(standard);
  return standard;
}

/** What lets more than half of the light through, everywhere. */
const isGlass = (material: Material): material is MeshPhysicalMaterial =>
  material instanceof MeshPhysicalMaterial &&
  material.transmission >= 0.5 &&
  !material.transmissionMap;

/** Share of the light that both faces of a pane of glass mirror, seen from in front. */
const PANE_GLOSS = 0.08;

/** Glass becomes a thin pane: a mirror that covers as much as it does not let through, and reflects what glass does. */
function becomePane(pane: MeshStandardMaterial, { color, transmission }: MeshPhysicalMaterial) {
  const luminance = color.toArray().reduce((sum, value, c) => sum + value * LUMINANCE[c]!, 0);
  pane.transparent = true;
  pane.depthWrite = false;
  pane.opacity = 1 - luminance * transmission * (1 - PANE_GLOSS);
  pane.color.setScalar(Math.min(PANE_GLOSS / pane.opacity, 1));
  pane.map = pane.metalnessMap = null;
  pane.metalness = 1;
}

/**
 * Many files call transparent what is not. Only what really covers a part is blended over the picture; the rest gets its light
 * and its shadows as all opaque things do.
 */
function settleCoverage(material: MeshStandardMaterial): void {
  const alpha = material.map ? alphaOf(material.map) : 'full';
  material.transparent = material.opacity < OPAQUE || alpha === 'smooth';
  material.depthWrite = !material.transparent;
  if (material.transparent) return;
  material.opacity = 1;
  if (alpha === 'cut-out') material.alphaTest = 0.5;
}

/** From this opacity on nobody sees what is behind. */
const OPAQUE = 0.99;

/** What a texture's alpha is good for: nothing, holes, or parts that are seen through. One that cannot be read is taken at its word. */
function alphaOf(map: Texture): 'full' | 'cut-out' | 'smooth' {
  const texels = texelsOf(map);
  if (!texels) return 'smooth';
  const { data, channels, opaque } = texels;
  if (channels < 4) return 'full';
  let [holes, between] = [0, 0];
  for (let i = 3; i < data.length; i += 4) {
    const alpha = data[i]! / opaque;
    if (alpha < 0.05) holes++;
    else if (alpha < 0.95) between++;
  }
  if (holes + between < data.length / 4 / 200) return 'full';
  return between < holes / 2 ? 'cut-out' : 'smooth';
}

/** Makes every mesh standard, and what is opaque shadowing; drops lines and points. */
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
    object.castShadow = !isTransparent(object);
    if (object.castShadow && hasOneSide(object) && !isClosed(object.geometry))
      castWithBothSides(object);
    object.receiveShadow = true;
  });
  for (const object of others) object.removeFromParent();
}

/** Whether three draws only one side of a mesh into shadow maps. */
const hasOneSide = ({ material }: Mesh): boolean =>
  [material].flat().some(({ side, shadowSide }) => (shadowSide ?? side) !== DoubleSide);

/** three draws backs into shadow maps, which keeps closed things from shading themselves; a sheet lit from in front has none. */
function castWithBothSides({ material }: Mesh): void {
  for (const one of [material].flat()) one.shadowSide = DoubleSide;
}
