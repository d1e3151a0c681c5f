import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defaultSettings, qualityNames, settingRange, type Quality } from '../src/core/settings';
import { readChoice, readSize, readWhole, runCommand, type Command } from './lib/cli';
import { openDemo, type OpenDemo } from './lib/demo';
import { playFrames } from './lib/play';
import { startProgress } from './lib/progress';
import { serve, type DemoServer } from './lib/serve';
import {
  describeFrame,
  frameFolder,
  writeFrameImages,
  writeShot,
  type ShotFrame,
} from './lib/shot';
import { chooseFrames, expandScenes, readShard } from './lib/shot-list';

const command = {
  name: 'capture',
  summary: 'Writes training shots: the frame buffers, scene, lights and cameras of seeded frames.',
  flags: {
    out: { value: 'DIR', help: 'folder of the data set; shots that are complete stay as they are' },
    scenes: { value: 'LIST', help: 'names and ranges', default: 'gen-0..99' },
    frames: { value: 'N', help: 'places on the path of each scene', default: '3' },
    sequence: { value: 'N', help: 'consecutive frames at each place', default: '1' },
    size: { value: 'WxH', help: 'size of the output picture', default: '320x180' },
    quality: { value: 'MODE', help: qualityNames.join(', '), default: 'performance' },
    rays: {
      value: 'N',
      help: `rays that gather near light, ${settingRange.rays.join(' to ')}`,
      default: String(defaultSettings().rays),
    },
    'guide-every': { value: 'N', help: 'guide of every Nth frame, 0 = none', default: '4' },
    seed: { value: 'N', help: 'chooses the frames', default: '1' },
    shard: { value: 'i/n', help: 'takes part i (from 0) of n parts of the scenes', default: '0/1' },
  },
} satisfies Command<string>;
type Flags = Readonly<Record<keyof typeof command.flags, string>>;

/** A page slows down and grows as scenes come and go, so it is opened anew after this many. */
const scenesPerPage = 150;
const triesPerScene = 2;

interface Plan {
  readonly out: string;
  readonly size: string;
  readonly quality: Quality;
  readonly rays: number;
  readonly runs: number;
  readonly runFrames: number;
  readonly guideEvery: number;
  readonly seed: number;
}

function readPlan(flags: Flags): Plan {
  const { widthPx, heightPx } = readSize('size', flags.size);
  return {
    out: resolve(flags.out),
    size: `${widthPx}x${heightPx}`,
    quality: readChoice('quality', flags.quality, qualityNames),
    rays: readWhole('rays', flags.rays, ...settingRange.rays),
    runs: readWhole('frames', flags.frames, 1),
    runFrames: readWhole('sequence', flags.sequence, 1),
    guideEvery: readWhole('guide-every', flags['guide-every']),
    seed: readWhole('seed', flags.seed),
  };
}

await runCommand(command, async (flags) => {
  const plan = readPlan(flags);
  const shard = readShard(flags.shard);
  const scenes = expandScenes(flags.scenes).filter((_, i) => i % shard.count === shard.index);
  const missing = scenes.filter((scene) => !isComplete(plan, scene));
  console.log(
    `${scenes.length} scenes, ${scenes.length - missing.length} of them complete already`,
  );
  if (missing.length > 0) await captureAll(plan, missing);
});

function isComplete(plan: Plan, scene: string): boolean {
  return existsSync(join(plan.out, scene, 'shot.json'));
}

async function captureAll(plan: Plan, scenes: readonly string[]): Promise<void> {
  const server = await serve('dev');
  const progress = startProgress(scenes.length, 'scenes');
  const failed: string[] = [];
  let demo: OpenDemo | null = null;
  let scenesSeen = 0;
  for (const scene of scenes) {
    for (let attempt = 1; attempt <= triesPerScene; attempt++) {
      try {
        demo ??= await openPage(plan, server);
        await captureScene(demo, plan, scene);
        break;
      } catch (error) {
        progress.note(`${scene}: ${error instanceof Error ? error.message : String(error)}`);
        await demo?.close();
        demo = null;
        if (attempt === triesPerScene) failed.push(scene);
      }
    }
    progress.advance(scene);
    if (++scenesSeen % scenesPerPage !== 0) continue;
    await demo?.close();
    demo = null;
  }
  await demo?.close();
  await server.close();
  progress.finish();
  if (failed.length > 0) throw new Error(`${failed.length} scenes failed: ${failed.join(', ')}`);
}

/** The raw view, paused: nothing is drawn but what is asked for, and no network is loaded. */
function openPage({ size, quality, rays }: Plan, server: DemoServer): Promise<OpenDemo> {
  const params = { size, quality, rays: String(rays), paused: '1', view: 'raw', backend: 'none' };
  return openDemo({ server, params });
}

/**
 * Writes the shot of a scene. Where meshes change shape each frame needs its own GLB and so its own shot; the last
 * one has the scene's plain name, which is what marks the scene as complete.
 */
async function captureScene(demo: OpenDemo, plan: Plan, scene: string): Promise<void> {
  await demo.call('load', scene);
  const { durationS } = await demo.get('stats');
  const { seed, runs, runFrames, quality, guideEvery } = plan;
  const lengthFrames = Math.max(Math.floor(durationS * 60), 1);
  const chosen = chooseFrames({ scene, seed, lengthFrames, runs, runFrames });
  let frames: ShotFrame[] = [];
  for (const [index, frame] of chosen.entries()) {
    // Played on within a run, so that motion, exposure and probes are those of a running page.
    const continues = chosen[index - 1] === frame - 1;
    await (continues ? playFrames(demo, 1) : demo.call('seek', frame));
    const buffers = await demo.call('buffers');
    const exported = await demo.call('exportScene');
    const guide = guideEvery > 0 && index % guideEvery === 0;
    const last = index === chosen.length - 1;
    const folder = join(plan.out, exported.deforming && !last ? `${scene}-${frame}` : scene);
    await writeFrameImages(join(folder, frameFolder(frame)), buffers, guide);
    frames.push(describeFrame(buffers, exported, { guide, continues }));
    if (!last && !exported.deforming) continue;
    await writeShot(folder, { scene, quality, buffers, exported, frames });
    frames = [];
  }
}
