import type { WebGPURenderer } from 'three/webgpu';
import type { DemoScene } from '../scenes/scene';
import { LightUniforms } from './light-uniforms';
import { ProbeRays } from './probe-rays';
import { Probes } from './probes';
import { RayGlow } from './ray-glow';
import { RayLight } from './ray-light';
import { RayScene } from './ray-scene';
import { RaySky } from './ray-sky';
import { Rays } from './rays';

/** The scene beyond the picture: what rays meet, what lights it, and the probes that know how much arrives where. */
export class World {
  readonly probes = new Probes();
  readonly lights = new LightUniforms();
  readonly light: RayLight;
  private readonly rayScene = new RayScene();
  private readonly sky = new RaySky();
  private readonly probeRays: ProbeRays;
  /** Whether the probes are those of another scene. */
  private isStale = false;

  constructor(renderer: WebGPURenderer) {
    const { rayScene, lights, probes, sky } = this;
    const rays = new Rays(rayScene);
    const glow = new RayGlow(rayScene, rays);
    this.light = new RayLight(rayScene, rays, glow, lights, probes, sky);
    this.probeRays = new ProbeRays(renderer, probes, this.light);
  }

  /** Takes over a scene; its probes are baked before they are needed first. */
  setScene(demo: DemoScene): void {
    this.rayScene.setScene(demo);
    this.sky.setScene(demo.environment);
    this.lights.setScene(demo.root);
    this.probes.setScene(demo);
    this.isStale = true;
  }

  /** Learns where everything is now. */
  follow(): void {
    this.rayScene.update();
    this.lights.update();
  }

  /** Bakes every probe for the scene as it stands. */
  bake(): void {
    this.follow();
    this.probeRays.bake();
    this.isStale = false;
  }

  /** Re-bakes the next `count` probes, all of them in a scene's first frame. */
  refresh(count: number): void {
    if (this.isStale) this.bake();
    else if (count > 0) this.probeRays.refresh(count);
  }

  dispose(): void {
    const { rayScene, sky, probes, probeRays } = this;
    [rayScene, sky, probes, probeRays].forEach((part) => part.dispose());
  }
}
