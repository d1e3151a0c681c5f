import type { Texture } from 'three/webgpu';
import { vec4 } from 'three/tsl';
import type { BufferName, ViewId } from '../core/view-ids';
import { linearDepth } from '../pipeline/frame-uniforms';
import { decodeRadiance } from '../pipeline/packed';
import type { GBufferImage } from '../pipeline/gbuffer';
import type { Pipeline } from '../pipeline/pipeline';
import { plain } from '../pipeline/compose';
import { ClassicView } from './classic';
import { DebugView, show } from './debug';
import type { DebugSource } from './debug';
import { Fsr1View } from './fsr1';
import { RawPicture, rawView } from './raw';
import { ResolvedView } from './resolved';
import { ssgiLacks } from './screen-space-light';
import { TaauView } from './taau';
import type { FrameSize, View } from './view';

/** Views that show something the network made or was given of its own. */
const networkViews: ReadonlySet<ViewId> = new Set([
  'ai',
  'debug:relit',
  'debug:history',
  'debug:edges',
  'debug:difference',
]);

/** Views of what an engine on a budget draws: they need neither soft shadows nor probe light. */
const plainViews: ReadonlySet<ViewId> = new Set(['raw', 'bilinear', 'fsr1', 'taau', 'classic']);

/** Makes views when they are first asked for and keeps them; each is drawn only in frames that show it. */
export class Views {
  private readonly views = new Map<ViewId, View>();
  private readonly raw: RawPicture;
  private size: FrameSize | null = null;

  constructor(private readonly pipeline: Pipeline) {
    this.raw = new RawPicture(pipeline);
  }

  get(id: ViewId): View {
    let view = this.views.get(id);
    if (!view) {
      view = this.create(id);
      if (this.size) view.resize(this.size);
      this.views.set(id, view);
    }
    return view;
  }

  /** Whether a view shows something the network made. */
  static needsNetwork(id: ViewId): boolean {
    return networkViews.has(id);
  }

  /** Whether a view needs soft shadows or probe light. */
  static needsShading(id: ViewId): boolean {
    return !plainViews.has(id);
  }

  /** Why this machine cannot draw a view; null if it can. */
  whyNot(id: ViewId): string | null {
    return id === 'classic' ? ssgiLacks(this.pipeline.renderer) : null;
  }

  resize(size: FrameSize): void {
    this.size = size;
    this.raw.resize(size);
    this.views.forEach((view) => view.resize(size));
  }

  private create(id: ViewId): View {
    const { pipeline } = this;
    const resolved = (lighting: () => Texture) =>
      new ResolvedView(pipeline, () => plain(lighting()));
    switch (id) {
      case 'raw':
        return rawView(this.raw, true);
      case 'bilinear':
        return rawView(this.raw, false);
      case 'fsr1':
        return new Fsr1View(pipeline, this.raw);
      case 'taau':
        return new TaauView(pipeline, this.raw);
      case 'classic':
        return new ClassicView(pipeline, this.raw);
      case 'resolve':
        return resolved(() => pipeline.litLighting());
      case 'ai':
        return new ResolvedView(pipeline, () => pipeline.relitLighting, pipeline);
      case 'debug:raw-resolved':
        return resolved(() => pipeline.rawLighting());
      default:
        return this.createDebug(id.slice('debug:'.length) as BufferName);
    }
  }

  private createDebug(name: BufferName): View {
    const { pipeline } = this;
    const minus = name === 'difference' ? () => pipeline.litLighting() : null;
    return new DebugView(pipeline.renderer, debugSource(pipeline, name), minus);
  }

  dispose(): void {
    this.views.forEach((view) => view.dispose());
    this.raw.dispose();
  }
}

function debugSource(pipeline: Pipeline, name: BufferName): DebugSource {
  const { demodulate } = pipeline;
  const input = (texture: () => Texture, how: DebugSource['show']): DebugSource => ({
    texture,
    show: how,
    size: 'input',
  });
  const output = (texture: () => Texture, how: DebugSource['show']): DebugSource => ({
    texture,
    show: how,
    size: 'output',
  });
  const g = (image: GBufferImage, how: DebugSource['show']) =>
    input(() => pipeline.shaded().texture(image), how);
  const sources: Record<Exclude<BufferName, 'raw-resolved'>, DebugSource> = {
    light: g('light', show.encodedColor),
    visibility: g('light', show.alpha),
    unshadowed: g('unshadowed', show.radiance),
    albedo: g('albedo', show.color),
    metalness: g('albedo', show.alpha),
    normal: g('normal', show.shape),
    roughness: g('normal', show.blue),
    motion: g('motion', show.motion),
    depth: input(
      () => pipeline.shaded().target.depthTexture!,
      (t) => show.depth(vec4(linearDepth(t.r, pipeline.frame.depthTerms))),
    ),
    probe: g('probe', show.radiance),
    shadow: input(() => (pipeline.litLighting(), pipeline.shadowRays.texture), show.encodedColor),
    penumbra: input(() => (pipeline.litLighting(), pipeline.shadowRays.texture), show.alpha),
    ao: input(() => (pipeline.litLighting(), demodulate.occlusion), show.red),
    mirror: input(() => pipeline.rayLightings().mirror, show.packedChange),
    bounce: input(() => pipeline.rayLightings().bounce, show.packedChange),
    history: input(() => pipeline.warpedHistory, show.encoded),
    emissive: g('emissive', show.shared),
    lit: input(() => pipeline.litLighting(), show.encoded),
    relit: input(() => pipeline.relitLighting.lighting, show.encoded),
    edges: input(() => pipeline.relitLighting.edges, show.edges),
    difference: input(() => pipeline.relitLighting.lighting, show.encoded),
    'guide-albedo': output(() => pipeline.guided().texture('color'), show.encodedColor),
    'guide-normal': output(() => pipeline.guided().texture('shape'), show.encodedNormal),
    'guide-depth': output(
      () => pipeline.guided().depth,
      (t) => show.depth(vec4(linearDepth(t.r, pipeline.frame.depthTerms))),
    ),
    'guide-emissive': output(
      () => pipeline.guided().texture('glow'),
      (t) => show.radiance(vec4(decodeRadiance(t).div(pipeline.levels.exposure), 1)),
    ),
  };
  return sources[name as Exclude<BufferName, 'raw-resolved'>];
}
