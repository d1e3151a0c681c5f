import type { DemoScene } from './scene';
export async function loadGltf(_s: unknown, _r: unknown): Promise<DemoScene> { throw new Error('x'); }
