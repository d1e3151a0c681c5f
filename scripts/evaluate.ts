import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtInEntries } from '../src/scenes/entries';
import { runCommand, UsageError } from './lib/cli';
import { openDemo, type OpenDemo } from './lib/demo';
import { command, readEvaluation, type Evaluation } from './lib/evaluation';
import type { Metrics } from './lib/metrics';
import { inOrder, planPictures, timeOf, type Picture, type Plan } from './lib/plan';
import { exportShots, playViews, viewName } from './lib/play';
import { startProgress } from './lib/progress';
import { renderReport } from './lib/report';
import { serve, type DemoServer } from './lib/serve';
import { frameFolder } from './lib/shot';
import { findPython, runWorkshop } from './lib/workshop';

await runCommand(command, async (flags) => {
  const evaluation = readEvaluation(flags);
  const { reference, out, views } = evaluation;
  // Before the long work, not after it.
  const python =
    reference === 'none' ? null : findPython(evaluation.python, ' Or use --reference none.');
  const first = planPictures({ ...evaluation, count: evaluation.frameCount, durationS: 1 });
  if (typeof reference === 'object') requireReference(reference.folder, first);

  await clearOutput(evaluation);
  const { metrics, shotFolders } = await drawAll(evaluation);
  const metricsPath = join(out, 'metrics.json');
  await writeFile(metricsPath, JSON.stringify(metrics, null, 2));

  if (reference === 'mitsuba' && python) {
    for (const folder of shotFolders) await renderReferences(python, folder, evaluation);
  } else if (typeof reference === 'object') {
    await copyReference(reference.folder, out, first);
  }
  if (views.length === 0) return;
  if (python) await runWorkshop(python, 'metrics', [out]);

  const finished = JSON.parse(await readFile(metricsPath, 'utf8')) as Metrics;
  await writeFile(join(out, 'index.html'), renderReport(finished, views.map(viewName)));
  console.log(`Report: ${join(out, 'index.html')}`);
});

/** Path traces the references of a shot, or takes them from where they are kept. */
async function renderReferences(
  python: string,
  folder: string,
  { out, spp, cache }: Evaluation,
): Promise<void> {
  const kept = cache ? ['--cache', cache] : [];
  await runWorkshop(python, 'reference', [folder, '--out', out, '--spp', String(spp), ...kept]);
}

/** Removes the pictures of an earlier run: the metrics would take them for views of this one. */
async function clearOutput({ out, reference }: Evaluation): Promise<void> {
  await mkdir(out, { recursive: true });
  const keep = typeof reference === 'object' && reference.folder === out;
  for (const name of await readdir(out)) {
    if (/^shot(-\d{4})?$/.test(name)) await rm(join(out, name), { recursive: true });
    if (!/^frame-\d{4}$/.test(name)) continue;
    for (const file of await readdir(join(out, name))) {
      if (keep && file.startsWith('reference.')) continue;
      if (/\.(png|exr)$/.test(file)) await rm(join(out, name, file));
    }
  }
}

interface Drawn {
  /** Without figures yet. */
  readonly metrics: Metrics;
  readonly shotFolders: readonly string[];
}

/** Draws every view and exports the shots. */
async function drawAll(evaluation: Evaluation): Promise<Drawn> {
  const server = await serve('dev');
  let demo: OpenDemo | null = null;
  try {
    demo = await openPage(evaluation, server);
    await load(demo, evaluation);
    return await draw(demo, evaluation);
  } finally {
    await demo?.close();
    await server.close();
  }
}

async function draw(demo: OpenDemo, evaluation: Evaluation): Promise<Drawn> {
  const { title, quality, views, out, reference, warmFrames, hasExr } = evaluation;
  const { durationS, backend, ai } = await demo.get('stats');
  if (views.includes('ai') && ai !== 'running') throw new Error(`the network is ${ai}`);
  const plan = planPictures({ ...evaluation, count: evaluation.frameCount, durationS });
  // References of an earlier run need no scene to trace.
  const shotFolders =
    reference === 'mitsuba' ? await exportShots(demo, { scene: title, quality, plan, out }) : [];
  let still = {};
  if (views.length > 0) {
    const progress = startProgress(inOrder(plan).length, 'frames');
    const onPicture = (): void => progress.advance(title);
    still = await playViews(demo, { views, plan, warmFrames, hasExr, out, onPicture });
    progress.finish();
  }
  if (demo.problems.length > 0) console.warn(`The page reported:\n${demo.problems.join('\n')}`);
  return { metrics: describeRun(evaluation, { plan, backend, still }), shotFolders };
}

interface Played {
  readonly plan: Plan;
  readonly backend: string;
  readonly still: Metrics['still'];
}

/** metrics.json before the workshop fills in the figures. */
function describeRun(evaluation: Evaluation, { plan, backend, still }: Played): Metrics {
  const { title, size, quality, model, rays, views, reference, warmFrames } = evaluation;
  const describe = (picture: Picture): Metrics['frames'][number] => ({
    frame: picture.index,
    timeS: timeOf(picture),
    views: Object.fromEntries(views.map((view) => [viewName(view), {}])),
  });
  return {
    scene: title,
    size,
    quality,
    model,
    backend,
    rays,
    reference: typeof reference === 'object' ? reference.folder : reference,
    seenInTraining: evaluation.isFile ? null : wasTrainedOn(evaluation.scene),
    warmFrames,
    frames: plan.steps.map(describe),
    sequence: plan.sequence.map(({ index }) => index),
    mean: {},
    temporal: {},
    still,
  };
}

/** The generator's `gen-` scenes are for training, its `held-` scenes never are. */
function wasTrainedOn(scene: string): boolean {
  const entry = Object.values(builtInEntries).find(({ name }) => name === scene);
  return entry?.seenInTraining ?? scene.startsWith('gen-');
}

function openPage(evaluation: Evaluation, server: DemoServer): Promise<OpenDemo> {
  const { size, quality, model, backend, rays } = evaluation;
  return openDemo({ server, params: { size, quality, model, backend, rays: String(rays) } });
}

async function load(demo: OpenDemo, { scene, isFile, environment }: Evaluation) {
  if (!isFile) return demo.call('load', scene);
  const { exchange, url } = demo.server;
  const publish = (path: string): string => new URL(exchange.publish(path), url).href;
  const sky = /\.hdr$/i.test(environment) ? publish(environment) : environment;
  return demo.call('load', publish(scene), { environment: sky });
}

function requireReference(folder: string, plan: Plan): void {
  for (const { index } of inOrder(plan)) {
    for (const name of ['reference.png', 'reference.exr']) {
      const path = join(folder, frameFolder(index), name);
      if (!existsSync(path)) throw new UsageError(`--reference: ${path} is missing`);
    }
  }
}

async function copyReference(from: string, to: string, plan: Plan): Promise<void> {
  if (from === to) return;
  for (const { index } of inOrder(plan)) {
    for (const name of ['reference.png', 'reference.exr']) {
      const path = join(frameFolder(index), name);
      await copyFile(join(from, path), join(to, path));
    }
  }
}
