import type { Camera, ComputeNode, Object3D, RenderTarget } from 'three/webgpu';

/** The stage that a render belongs to, told by what three hands its inspector. */
export function stageOfRender(
  scene: Object3D,
  camera: Camera,
  target: RenderTarget | null,
): string {
  // Full-screen passes carry the stage's name; `Accumulate.depth` is a part of `Accumulate`.
  if ('isQuadMesh' in scene) return stageOfQuad(scene.name);
  const texture = target?.texture;
  if (texture && /shadow/i.test(texture.name)) return 'Shadows';
  // Only the probe bake captures with an array of cameras.
  if ('isArrayCamera' in camera) return 'Probes';
  const label: unknown = texture?.userData['label'];
  return typeof label === 'string' ? label : 'Scene';
}

function stageOfQuad(name: string): string {
  // three's probe grid leaves its quads without a name (r187); every other one has one.
  if (name === '') return 'Probes';
  return name.split(/[. [(]/, 1)[0] ?? name;
}

/** The stage that a compute dispatch belongs to. */
export function stageOfCompute(node: ComputeNode | readonly ComputeNode[]): string {
  const first = Array.isArray(node) ? (node as ComputeNode[])[0] : (node as ComputeNode);
  return first?.name || 'Compute';
}
