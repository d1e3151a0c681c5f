import type { DataTexture } from 'three/webgpu';
import { EquirectangularReflectionMapping, FloatType, LinearFilter } from 'three/webgpu';
import { HDRLoader } from 'three/addons/loaders/HDRLoader.js';
import { makeDefaultSky } from './sky';

/** An environment that cannot be used; the message names the file. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/**
 * The surroundings of an imported scene: `none` (black, the default), `sky` (built in) or the URL of an
 * equirectangular .hdr file, linear RGB radiance.
 * @throws EnvironmentError
 */
export async function loadEnvironment(source = 'none'): Promise<DataTexture | null> {
  if (source === 'none') return null;
  if (source === 'sky') return makeDefaultSky();
  if (!/\.hdr(\?|$)/i.test(source)) {
    throw new EnvironmentError(
      `Environment "${source}" is not none, sky or the address of an .hdr file.`,
    );
  }
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
