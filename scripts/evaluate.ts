import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand, UsageError } from './lib/cli';
import { openDemo, type OpenDemo } from './lib/demo';
import { command, readEvaluation, type Evaluation } from './lib/evaluation';
import type { Metrics } from './lib/metrics';
import { divide, exportShots, playView } from './lib/play';
import { startProgress } from './lib/progress';
import { renderReport } from './lib/report';
import { serve, type DemoServer } from './lib/serve';
import { frameFolder } from './lib/shot';
import { findPython, runWorkshop } from './lib/workshop';

await runCommand(command, async (flags) => {
  const evaluation = readEvaluation(flags);
  const { reference, out, views } = evaluation;
  // Before the long work, not after it.
  const python = reference === 'none' ? null : findPython(evaluation.python);
  if (typeof reference === 'object') requireReference(reference.folder, evaluation.frameCount);

  await mkdir(out, { recursive: true });
  const { metrics, shotFolders } = await drawAll(evaluation);
  const metricsPath = join(out, 'metrics.json');
  await writeFile(metricsPath, JSON.stringify(metrics, null, 2));

  if (reference === 'mitsuba' && python) {
    for (const folder of shotFolders)
      await runWorkshop(python, 'reference', [folder, '--out', out]);
  } else if (typeof reference === 'object') {
    await copyReference(reference.folder, out, evaluation.frameCount);
  }
  if (python) await runWorkshop(python, 'metrics', [out]);

  const finished = JSON.parse(await readFile(metricsPath, 'utf8')) as Metrics;
  await writeFile(join(out, 'index.html'), renderReport(finished, views));
  printMeans(finished);
  console.log(`Report: ${join(out, 'index.html')}`);
});

/** Draws every view and exports the shots; the metrics are without figures yet. */
async function drawAll(
  evaluation: Evaluation,
): Promise<{ metrics: Metrics; shotFolders: readonly string[] }> {
  const { title, frameCount, size, quality, model, views, out, reference } = evaluation;
  const server = await serve('dev');
  let demo: OpenDemo | null = null;
  try {
    demo = await openPage(evaluation, server);
    const loaded = await load(demo, evaluation);
    const steps = divide(loaded.durationS, frameCount);
    const shots = await exportShots(demo, { scene: title, quality, steps, out });
    const progress = startProgress(views.length, 'views');
    for (const view of views) {
      await playView(demo, view, { steps, out });
      progress.advance(view);
    }
    progress.finish();
    if (demo.problems.length > 0) console.warn(`The page reported:\n${demo.problems.join('\n')}`);
    const { backend } = await demo.call('stats');
    const frames = shots.frames.map(({ frame, timeS }) => ({
      frame,
      timeS,
      views: Object.fromEntries(views.map((view) => [view, {}])),
    }));
    const metrics: Metrics = {
      scene: title,
      size,
      quality,
      model,
      backend,
      reference: typeof reference === 'object' ? reference.folder : reference,
      seenInTraining: evaluation.isFile ? null : loaded.seenInTraining,
      frames,
      mean: {},
      temporal: {},
    };
    return { metrics, shotFolders: shots.folders };
  } finally {
    await demo?.close();
    await server.close();
  }
}

function openPage(evaluation: Evaluation, server: DemoServer): Promise<OpenDemo> {
  const { size, quality, model, backend } = evaluation;
  return openDemo({ server, params: { size, quality, model, backend, paused: '1' } });
}

async function load(demo: OpenDemo, { scene, isFile, environment }: Evaluation) {
  if (!isFile) return demo.call('load', scene);
  const { exchange, url } = demo.server;
  const publish = (path: string): string => new URL(exchange.publish(path), url).href;
  const sky = /\.hdr$/i.test(environment) ? publish(environment) : environment;
  return demo.call('load', publish(scene), { environment: sky });
}

function requireReference(folder: string, frameCount: number): void {
  for (let frame = 0; frame < frameCount; frame++) {
    for (const name of ['reference.png', 'reference.exr']) {
      const path = join(folder, frameFolder(frame), name);
      if (!existsSync(path)) throw new UsageError(`--reference: ${path} is missing`);
    }
  }
}

async function copyReference(from: string, to: string, frameCount: number): Promise<void> {
  if (from === to) return;
  for (let frame = 0; frame < frameCount; frame++) {
    for (const name of ['reference.png', 'reference.exr']) {
      const path = join(frameFolder(frame), name);
      await copyFile(join(from, path), join(to, path));
    }
  }
}

function printMeans({ mean, temporal }: Metrics): void {
  for (const [view, scores] of Object.entries(mean)) {
    const entries = Object.entries({ ...scores, ...temporal[view] });
    const figures = entries
      .filter(([, value]) => typeof value === 'number')
      .map(([name, value]) => `${name} ${Number(value).toFixed(3)}`);
    console.log(`${view.padEnd(12)} ${figures.join('  ')}`);
  }
}
