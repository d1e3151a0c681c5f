import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { findBrowser, noBrowserMessage } from './chrome.mjs';

/** What the page finds: a software WebGPU adapter, no WebGPU (three falls back to WebGL2), or neither. */
export type Graphics = 'webgpu' | 'no-webgpu' | 'none';

/** How to start the browser. */
export interface LaunchOptions {
  readonly graphics?: Graphics;
  /** Use this machine's GPU instead of the software adapter; default: RELIGHT_GPU=hardware is set. */
  readonly hardware?: boolean;
  readonly headed?: boolean;
}

const quietFlags = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A capture in a window behind others must not be slowed down.
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

const softwareFlags = [
  '--use-webgpu-adapter=swiftshader',
  // Without the next three, presenting a WebGPU canvas kills the GPU process (Chromium 156).
  '--use-angle=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
];

const hardwareFlags =
  process.platform === 'linux' ? ['--enable-features=Vulkan', '--use-angle=vulkan'] : [];

/** Starts a headless browser with WebGPU on the software adapter, the same on every machine. */
export async function launch(options: LaunchOptions = {}): Promise<Browser> {
  const {
    graphics = 'webgpu',
    hardware = process.env['RELIGHT_GPU'] === 'hardware',
    headed = false,
  } = options;
  const executablePath = await findBrowser();
  if (executablePath === null) throw new Error(noBrowserMessage);
  return chromium.launch({
    executablePath,
    headless: !headed,
    args: [
      ...quietFlags,
      ...(hardware ? hardwareFlags : softwareFlags),
      graphics === 'none' ? '--disable-3d-apis' : '--enable-unsafe-webgpu',
    ],
  });
}

/** Makes later pages look like those of a browser without WebGPU. */
export async function hideWebGpu(page: Page): Promise<void> {
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined });
  });
}

/** Makes later pages look like those on a GPU without 16-bit arithmetic, so that they load the float32 networks. */
export async function hideHalfFloats(page: Page): Promise<void> {
  await page.addInitScript(() => {
    if (!('GPUAdapter' in globalThis)) return;
    const { get } = Object.getOwnPropertyDescriptor(GPUAdapter.prototype, 'features')!;
    Object.defineProperty(GPUAdapter.prototype, 'features', {
      get(this: GPUAdapter): ReadonlySet<string> {
        const features = new Set(get!.call(this) as ReadonlySet<string>);
        features.delete('shader-f16');
        return features;
      },
    });
  });
}

/** Sends GPU errors that no error scope caught, and lost devices, to the console as errors. */
export async function reportGpuErrors(page: Page): Promise<void> {
  await page.addInitScript(() => {
    if (!('GPUAdapter' in globalThis)) return;
    const requestDevice = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (descriptor) {
      const device = await requestDevice.call(this, descriptor);
      device.addEventListener('uncapturederror', ({ error }) => {
        console.error(`uncapturederror: ${error.message}`);
      });
      void device.lost.then(({ reason, message }) => {
        if (reason !== 'destroyed') console.error(`GPU device lost: ${message}`);
      });
      return device;
    };
  });
}
