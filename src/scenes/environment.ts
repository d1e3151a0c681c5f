import type { DataTexture } from 'three/webgpu';
import { EquirectangularReflectionMapping, FloatType, LinearFilter } from 'three/webgpu';
import { HDRLoader } from 'three/addons/loaders/HDRLoader.js';
import { makeDefaultSky } from './sky';

/** An environment that cannot be used; the message names the file. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/** @throws EnvironmentError for what names no environment */
export function checkEnvironment(source: string): void {
  if (['none', 'sky', 'auto'].includes(source) || /\.hdr(\?|$)/i.test(source)) return;
  throw new EnvironmentError(
    `Environment "${source}" is not none, sky, auto or the address of an .hdr file.`,
  );
}

/**
 * The surroundings of an imported scene: `none` (black), `sky` (built in), `auto` (that sky for a file that has no lights) or
 * the URL of an equirectangular .hdr file, linear RGB radiance.
 * @throws EnvironmentError
 */
export async function loadEnvironment(
  source: string,
  hasLights: boolean,
): Promise<DataTexture | null> {
  if (source === 'none' || (source === 'auto' && hasLights)) return null;
  if (source === 'sky' || source === 'auto') return makeDefaultSky();
  try {
    const texture = await new HDRLoader().setDataType(FloatType).loadAsync(source);
    texture.mapping = EquirectangularReflectionMapping;
    texture.minFilter = texture.magFilter = LinearFilter;
    return texture;
  } catch (cause) {
    throw new EnvironmentError(`Environment ${source} could not be read: ${String(cause)}`, {
      cause,
    });
  }
}
