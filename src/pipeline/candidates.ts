import type { Texture, WebGPURenderer } from 'three/webgpu';
import { mrt } from 'three/tsl';
import { FullscreenPass, image } from './fullscreen';
import type { Gather } from './gather';
import { createTarget } from './gbuffer';
import { setFormat } from './packed';
import { Surfaces } from './surfaces';
import type { RaySources } from './surfaces';
import type { Trace } from './trace';

/**
 * What rays found, shared among neighbours, as lighting that the network may choose instead of its lit input
 * (w×h, packed as {@link encodeRelitNode} does). One pass for both, which read the same surfaces:
 * - mirror: rgb = lit with its specular probe light replaced by what rays of the reflection lobe hit,
 *   a = 1 where one was sent
 * - bounce: rgb = lit with the gathered change of its diffuse light, and of reflections that no ray was sent for, a = 1 on surfaces
 */
export class Candidates {
  private readonly target = createTarget('Candidates', ['mirror', 'bounce'], false);
  private readonly pass: FullscreenPass;

  constructor(renderer: WebGPURenderer, sources: RaySources, trace: Trace, gather: Gather) {
    const surfaces = new Surfaces(sources);
    const mirror = trace.mirrorNode(surfaces, image(gather.reflected));
    const bounce = gather.sharing.bounceNode(surfaces, image(trace.reflected));
    for (const texture of this.target.textures) setFormat(renderer, texture, 'rgb10a2');
    this.pass = new FullscreenPass(renderer, 'Candidates', mrt({ mirror, bounce }));
  }

  get mirror(): Texture {
    return this.target.textures[0]!;
  }

  get bounce(): Texture {
    return this.target.textures[1]!;
  }

  resize(width: number, height: number): void {
    this.target.setSize(width, height);
  }

  render(): void {
    this.pass.render(this.target);
  }

  dispose(): void {
    [this.target, this.pass].forEach((part) => part.dispose());
  }
}
