import { LinearSRGBColorSpace, NoToneMapping, BasicShadowMap, WebGPURenderer } from 'three/webgpu';
import { drawnBy, findCapability } from './core/device';
import type { Capability } from './core/device';
import { defaultSettings, applySettings } from './core/settings';
import { readUrlParameters } from './core/url-parameters';
import { Demo } from './demo';
import { createPageApi } from './page-api-runtime';
import { PageLoop } from './page-loop';
import { isSceneName, sceneNames } from './scenes/registry';
import { pageElements } from './ui/elements';
import { NoticeStack } from './ui/notice';
import { Progress } from './ui/progress';

/** Composition root: device → renderer → settings → demo → page. Nothing else knows the whole. */
async function start(): Promise<void> {
  const elements = pageElements(document);
  const notices = new NoticeStack(elements.notices);
  const progress = new Progress(elements.progress);
  watchErrors(notices);

  progress.phase('Starting the renderer');
  const capability = await findCapability();
  if (capability.kind === 'none') {
    notices.notify('error', `This demo cannot draw here. ${capability.reason}`);
    progress.done();
    return;
  }
  if (capability.kind === 'webgl2') {
    notices.notify(
      'warning',
      `${capability.reason} Drawing with WebGL2; the network runs on the CPU.`,
    );
  }
  const renderer = await createRenderer(elements.canvas, capability);

  const settings = defaultSettings(drawnBy(capability));
  const parameters = readUrlParameters(location.search, sceneNames, isSceneName, settings);
  applySettings(settings, parameters.settings);
  // Greets a visitor with the comparison; addresses that ask for something get just that.
  if (!location.search) applySettings(settings, { compareView: 'raw' });
  if (capability.kind === 'webgpu' && capability.software && settings.size === 'fit') {
    notices.notify(
      'info',
      `This browser emulates its GPU on the CPU (${capability.adapter}): expect a picture every second or two. ?size=640x360 draws a finer one, more slowly.`,
    );
  }
  parameters.problems.forEach((problem) => notices.notify('warning', problem));

  const demo = new Demo(renderer, capability, settings, elements.stage);
  const loop = new PageLoop(demo, renderer, capability, elements, notices, progress);
  watchDevice(capability, notices, loop);
  if (new URLSearchParams(location.search).has('inspect')) await inspect(renderer);
  window.demo = createPageApi(demo, renderer, loop, capability, loop.start());
  await window.demo.ready;
}

async function createRenderer(
  canvas: HTMLCanvasElement,
  capability: Capability,
): Promise<WebGPURenderer> {
  const renderer = new WebGPURenderer({
    canvas,
    antialias: false,
    // Only full-screen passes draw to the canvas: a depth buffer of its size would lie idle.
    depth: false,
    ...(capability.kind === 'webgpu' ? { device: capability.device } : { forceWebGL: true }),
  });
  // Grading is part of the picture that scripts read, so it happens in our own shader.
  renderer.outputColorSpace = LinearSRGBColorSpace;
  renderer.toneMapping = NoToneMapping;
  renderer.shadowMap.enabled = true;
  renderer.shadowMap.type = BasicShadowMap;
  renderer.setClearColor(0x000000, 0);
  await renderer.init();
  return renderer;
}

/** three's own profiler and node viewer; it takes the place of ours, so stage times end. */
async function inspect(renderer: WebGPURenderer): Promise<void> {
  const { Inspector } = await import('three/addons/inspector/Inspector.js');
  renderer.inspector = new Inspector();
}

function watchErrors(notices: NoticeStack): void {
  addEventListener('unhandledrejection', ({ reason }: PromiseRejectionEvent) => {
    notices.notify('error', reason instanceof Error ? reason.message : String(reason));
  });
  addEventListener('error', ({ message }) => notices.notify('error', message));
}

function watchDevice(capability: Capability, notices: NoticeStack, loop: PageLoop): void {
  if (capability.kind !== 'webgpu') return;
  capability.device.addEventListener('uncapturederror', (event) => {
    console.error(`WebGPU: ${event.error.message}`);
    notices.notify('error', `WebGPU reported: ${event.error.message}`);
  });
  void capability.device.lost.then(({ reason, message }) => {
    if (reason === 'destroyed') return;
    loop.stop();
    notices.notify(
      'error',
      `The GPU device was lost (${message || reason}). Reload the page to go on.`,
    );
  });
}

void start();
