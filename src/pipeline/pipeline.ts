import { PerspectiveCamera, Scene } from 'three/webgpu';
import type { DataTexture, Matrix4, Mesh, Texture, WebGPURenderer } from 'three/webgpu';
import { advanceNodeFrame, resumeNodeFrame, skipShadowTextures } from '../core/gpu-handles';
import type { DemoScene } from '../scenes/scene';
import { Candidates } from './candidates';
import { Compose, plain } from './compose';
import type { Lighting } from './compose';
import { Demodulate } from './demodulate';
import { FrameUniforms } from './frame-uniforms';
import { Gather } from './gather';
import { GBuffer } from './gbuffer';
import { Guide } from './guide';
import { History, wantsHistory } from './history';
import type { Area } from './fullscreen';
import type { Inference } from './infer';
import { JitteredProjection, jitterOffset, project } from './jitter';
import { Levels } from './levels';
import { MirrorArea } from './mirror-area';
import { MotionTracker } from './motion';
import { Occlusion } from './occlusion';
import { neutralEdges } from './resolve';
import { ShadowRays } from './shadow-rays';
import { Shadows } from './shadows';
import { SKY_LAYER, createSkyDome } from './sky-dome';
import { Trace } from './trace';
import { transparentLayers } from './transparents';
import type { TransparentLayers } from './transparents';
import { World } from './world';

/** Sizes of the low-detail frame and of the picture, in pixels. */
export interface PipelineSize {
  readonly input: { readonly width: number; readonly height: number };
  readonly output: { readonly width: number; readonly height: number };
  /** Output over input. */
  readonly scale: number;
}

/** What one frame is to be. */
export interface FrameRequest {
  /** Index of the jitter sequence. */
  readonly jitterIndex: number;
  /** Drop all memory of earlier frames. */
  readonly reset: boolean;
  /** Probes to re-bake before drawing. */
  readonly probes: number;
  /** Rays that gather near light, for every second pixel each way. */
  readonly rays: number;
  /** Whether probe light is wanted; if not, it is drawn for the first who asks all the same. */
  readonly shaded: boolean;
}

/**
 * The stages of one frame in data-flow order: shadows, probes → G-buffer → levels, then, where a view asks for them,
 * probe light of the G-buffer, shadow rays → demodulate → history → trace → gather → candidates → pack → infer → compose,
 * and the guide. Views take it from there.
 */
export class Pipeline {
  readonly camera = new PerspectiveCamera();
  readonly projection = new JitteredProjection();
  readonly frame = new FrameUniforms();
  readonly motion = new MotionTracker();
  readonly world: World;
  readonly gbuffer: GBuffer;
  readonly guide: Guide;
  readonly transparents: TransparentLayers;
  readonly occlusion: Occlusion;
  readonly levels: Levels;
  readonly shadowRays: ShadowRays;
  readonly demodulate: Demodulate;
  readonly history: History;
  readonly trace: Trace;
  readonly gather: Gather;
  readonly candidates: Candidates;
  size: PipelineSize = { input: ONE, output: ONE, scale: 1 };
  /** Whether smooth metals are drawn as mirrors. */
  hasMirrors = true;
  private readonly shadows = new Shadows();
  private readonly mirrors = new MirrorArea();
  private compose: Compose | null = null;
  private inference: Inference | null = null;
  private scene = new Scene();
  private dome: Mesh | null = null;
  /** Equirectangular radiance behind the scene, null for black. */
  environment: DataTexture | null = null;
  private request: FrameRequest | null = null;
  private nodeFrame = 0;
  private isShaded = false;
  private wasShaded = false;
  /** What of the frame has been drawn for those who asked. */
  private readonly drawn = new Set<Drawn>();

  constructor(readonly renderer: WebGPURenderer) {
    this.camera.layers.enable(SKY_LAYER);
    // Otherwise three sets it while drawing the first frame, and takes the jitter off the projection doing so (r187).
    this.camera.coordinateSystem = renderer.coordinateSystem;
    skipShadowTextures(renderer);
    this.world = new World(renderer);
    const { world, frame } = this;
    this.gbuffer = new GBuffer(renderer, this.motion, world, frame);
    const { gbuffer } = this;
    this.occlusion = new Occlusion(gbuffer, this.camera);
    this.levels = new Levels(renderer, gbuffer, world.probes, frame);
    const { occlusion, levels } = this;
    this.guide = new Guide(renderer, this.motion, levels, frame);
    this.transparents = transparentLayers(renderer, { gbuffer, guide: this.guide, levels, world });
    this.shadowRays = new ShadowRays(renderer, { gbuffer, frame, world });
    const { shadowRays } = this;
    this.demodulate = new Demodulate(renderer, gbuffer, occlusion, shadowRays, levels, frame);
    const { demodulate } = this;
    this.history = new History(renderer, gbuffer, demodulate, levels, frame);
    const { history } = this;
    const images = { gbuffer, demodulate, levels, history, frame, world };
    this.trace = new Trace(renderer, images);
    this.gather = new Gather(renderer, images, this.trace);
    this.candidates = new Candidates(renderer, images, this.trace, this.gather);
  }

  /** The network's lighting after the controls; the lit input while there is no network. */
  get relitLighting(): Lighting {
    return this.compose ?? plain(this.litLighting());
  }

  /** What the network was told of its last frame; black for one that does not ask. */
  get warpedHistory(): Texture {
    return this.compose?.memory ? this.history.texture : neutralEdges;
  }

  /** Root of the scene being drawn. */
  get root(): Scene {
    return this.scene;
  }

  /** Swaps the scene. The caller disposes of the old one. */
  setScene(demo: DemoScene): void {
    this.dome?.removeFromParent();
    this.dome = null;
    this.environment = demo.environment;
    if (demo.environment) {
      this.dome = createSkyDome(demo.environment, this.motion.node, this.levels.exposure);
      demo.root.add(this.dome);
    }
    this.shadows.setScene(demo.root);
    for (const layer of Object.values(this.transparents)) layer.setScene(demo.root);
    this.mirrors.setScene(demo.root);
    this.scene = demo.root;
    this.copyCamera(demo.camera);
    this.scene.updateMatrixWorld();
    advanceNodeFrame(this.renderer);
    this.world.setScene(demo);
  }

  /** Installs or removes the network. */
  async setInference(inference: Inference | null): Promise<void> {
    this.compose?.dispose();
    this.compose = null;
    this.history.forget();
    this.drawn.delete('history');
    this.inference = inference;
    if (!inference) return;
    const { input } = this.size;
    await inference.resize(input.width, input.height);
    const remembers = wantsHistory(inference.contract.inputs);
    this.compose = new Compose(this.renderer, this, inference, remembers);
    this.compose.resize(input.width, input.height);
  }

  async resize(size: PipelineSize): Promise<void> {
    this.size = size;
    const { input, output } = size;
    const { gbuffer, occlusion, shadowRays, demodulate, history, trace, gather, candidates } = this;
    const low = [gbuffer, occlusion, shadowRays, demodulate, history, trace, gather, candidates];
    for (const stage of low) stage.resize(input.width, input.height);
    this.guide.resize(output.width, output.height);
    this.frame.resize(input, output);
    this.motion.outputSizePx.value.set(output.width, output.height);
    await this.inference?.resize(input.width, input.height);
    this.compose?.resize(input.width, input.height);
  }

  /** Takes over a scene camera's pose and lens; the aspect is the picture's. */
  copyCamera(source: PerspectiveCamera): void {
    source.updateWorldMatrix(true, false);
    const { camera, size } = this;
    camera.position.setFromMatrixPosition(source.matrixWorld);
    camera.quaternion.setFromRotationMatrix(source.matrixWorld);
    camera.fov = source.fov;
    camera.near = source.near;
    camera.far = source.far;
    camera.aspect = size.output.width / size.output.height;
    camera.updateMatrixWorld();
  }

  /** Draws what every view needs; the rest waits for the first view that asks for it. */
  draw(request: FrameRequest): void {
    const { renderer, scene, camera, projection, size } = this;
    scene.updateMatrixWorld();
    projection.update(
      camera,
      jitterOffset(request.jitterIndex, size.scale),
      size.input,
      size.output,
    );
    this.frame.update(camera, projection, request.jitterIndex);
    this.motion.advance(scene, camera, projection.unjittered, request.reset);
    this.request = request;
    this.drawn.clear();
    this.history.start(request.reset);
    this.gather.rayCount.value = request.rays;
    this.shadowRays.rayCount.value = Math.ceil(request.rays / 2);
    this.nodeFrame = advanceNodeFrame(renderer);
    this.shadows.refresh();
    this.world.follow();
    const { shaded, probes } = request;
    const rests = !shaded && request.jitterIndex % PLAIN_PROBE_FRAMES !== 0;
    this.world.refresh(rests ? 0 : probes);
    this.levels.advance();
    this.wasShaded = this.isShaded;
    this.raster(shaded);
  }

  private raster(shaded: boolean): void {
    const { scene, camera, projection, request, wasShaded } = this;
    this.isShaded = shaded;
    this.look(projection.gbuffer);
    this.gbuffer.render(scene, camera, shaded);
    // The mean of a frame without probe light is another one.
    this.levels.render(request!.reset || shaded !== wasShaded);
  }

  /** Readies camera and scene for a pass of this frame, which may come after the next frame of the display. */
  private look(projection: Matrix4): void {
    resumeNodeFrame(this.renderer, this.nodeFrame);
    project(this.camera, projection);
  }

  /** The G-buffer with probe light; drawn for the first who asks. */
  shaded(): GBuffer {
    if (!this.isShaded) this.raster(true);
    return this.gbuffer;
  }

  /** Lit lighting of this frame, with its ambient occlusion; drawn for the first who asks. */
  litLighting(): Texture {
    if (this.isFirst('lit')) {
      this.shaded();
      // Ambient occlusion runs inside and needs the camera's projection to match its depth.
      this.look(this.projection.gbuffer);
      this.shadowRays.render();
      this.demodulate.render();
    }
    return this.demodulate.lit;
  }

  /** The guide of this frame; drawn for the first who asks. */
  guided(): Guide {
    if (this.isFirst('guide')) {
      this.shaded();
      this.look(this.projection.guide);
      this.guide.render(this.scene, this.camera);
      this.transparents.output.render(this.scene, this.camera, this.guide.target);
    }
    return this.guide;
  }

  /** Where in the picture anything may be a mirror; null = nowhere. */
  mirrorArea(): Area | null {
    const { hasMirrors, mirrors, camera, projection, size } = this;
    return hasMirrors ? mirrors.find(camera, projection.unjittered, size.output) : null;
  }

  /** Draws what is transparent before the G-buffer, for the first who asks. */
  layTransparents(): void {
    if (!this.isFirst('transparents')) return;
    this.look(this.projection.gbuffer);
    this.transparents.input.render(this.scene, this.camera, this.gbuffer.target);
  }

  /** Raw lighting of this frame; drawn for the first who asks. */
  rawLighting(): Texture {
    if (this.isFirst('raw')) {
      this.shaded();
      this.demodulate.renderRaw();
    }
    return this.demodulate.raw;
  }

  /** Reflections and near light of this frame; drawn for the first who asks. */
  rayLightings(): Candidates {
    this.litLighting();
    if (this.isFirst('rays')) {
      this.recall();
      this.trace.render(this.request!.rays);
      this.gather.render();
      this.candidates.render();
    }
    return this.candidates;
  }

  /** What the network's last frame left, where this frame's surfaces are. */
  private recall(): void {
    if (this.isFirst('history')) this.history.render(this.compose?.memory ?? null);
  }

  /** Whether something of the frame has yet to be drawn; the caller does. */
  private isFirst(what: Drawn): boolean {
    if (this.drawn.has(what)) return false;
    this.drawn.add(what);
    return true;
  }

  /** Runs the network on the frame just drawn. Resolves when its answer is there (CPU) or queued (GPU). */
  async relight(intensity: number): Promise<void> {
    if (!this.inference || !this.compose) return;
    this.rayLightings();
    // Again where the network came after the rays.
    this.recall();
    // The guide is drawn while the network computes: neither needs the other, only the resolve needs both.
    await this.inference.run(() => this.guided());
    this.compose.render(intensity, intensity < 1 ? this.rawLighting() : null);
    this.history.keep();
  }

  dispose(): void {
    const { world, gbuffer, guide, occlusion, levels, shadowRays } = this;
    const { demodulate, history, trace, gather, candidates } = this;
    const lightings = [shadowRays, demodulate, history, trace, gather, candidates];
    for (const stage of [world, gbuffer, guide, occlusion, levels, ...lightings]) stage.dispose();
    for (const layer of Object.values(this.transparents)) layer.dispose();
    this.compose?.dispose();
  }
}

type Drawn = 'lit' | 'guide' | 'raw' | 'history' | 'rays' | 'transparents';
/** Where nothing but their average is seen, probes are re-baked in one of so many frames. */
const PLAIN_PROBE_FRAMES = 4;
const ONE = { width: 1, height: 1 } as const;
