import { Vector3 } from 'three/webgpu';
import type { Node, WebGPURenderer } from 'three/webgpu';
import { int, uniform } from 'three/tsl';
import { LUMINANCE } from '../core/color';
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
  /** TSL: whether any lamp or glowing thing has changed since the last frame. */
  readonly changes: Node<'bool'>;
  /** TSL: colour of the lamps that have changed since the last frame, luminance 1. */
  readonly changeColor = uniform(new Vector3(1, 1, 1));
  private readonly rayScene = new RayScene();
  private readonly sky = new RaySky();
  private readonly probeRays: ProbeRays;
  /** Whether the probes are those of another scene. */
  private isStale = false;
  /** Whether anything that probes see has changed since they were looked after. */
  private hasChanged = false;

  constructor(renderer: WebGPURenderer) {
    const { rayScene, lights, probes, sky } = this;
    const rays = new Rays(rayScene);
    const glow = new RayGlow(rayScene, rays);
    this.light = new RayLight(rayScene, rays, glow, lights, probes, sky);
    this.changes = rayScene.emittersChange.add(lights.changedCount).greaterThan(int(0));
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
    this.hasChanged ||= this.rayScene.hasChanged || this.lights.changedCount.value > 0;
    const color = this.changeColor.value.copy(this.rayScene.changed).add(this.lights.changed);
    const luminance = color.dot(luminanceWeights);
    if (luminance > 0) color.divideScalar(luminance);
    else color.setScalar(1);
  }

  /** Bakes every probe for the scene as it stands. */
  bake(): void {
    this.follow();
    this.probeRays.bake();
    this.isStale = false;
    this.hasChanged = false;
  }

  /** Re-bakes the next `count` probes that do not know the scene as it is, all of them in a scene's first frame. */
  refresh(count: number): void {
    if (this.isStale) return this.bake();
    if (count === 0) return;
    this.probeRays.refresh(count, this.hasChanged);
    this.hasChanged = false;
  }

  dispose(): void {
    const { rayScene, sky, probes, probeRays } = this;
    [rayScene, sky, probes, probeRays].forEach((part) => part.dispose());
  }
}

/** Scratch. */
const luminanceWeights = new Vector3(...LUMINANCE);
