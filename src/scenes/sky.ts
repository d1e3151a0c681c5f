import {
  DataTexture,
  EquirectangularReflectionMapping,
  FloatType,
  LinearFilter,
  LinearSRGBColorSpace,
  MathUtils,
  RGBAFormat,
  RepeatWrapping,
  Vector3,
} from 'three/webgpu';

/** Linear RGB radiance. */
export type Radiance = readonly [number, number, number];

/** A smooth sky without the sun's disc (the sun is a DirectionalLight). */
export interface SkyOptions {
  /** Towards the sun; brightens and warms the sky around it. */
  sunDirection?: Vector3;
  zenith?: Radiance;
  horizon?: Radiance;
  ground?: Radiance;
  /** Added straight at the sun; fades over about `haloDeg`. */
  halo?: Radiance;
  /** Width of the glow around the sun in degrees: 10 = clear air, 40 = haze. */
  haloDeg?: number;
  /** 0.2 = thin bright band at the horizon, 1 = slow change up to the zenith. */
  haze?: number;
  /** Factor on everything. */
  intensity?: number;
  widthPx?: number;
}

const lerp = (a: Radiance, b: Radiance, t: number): [number, number, number] => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];

/**
 * Bakes the sky into an equirectangular RGBA float texture of linear radiance.
 * Rows are in three's sampling order for `flipY = false`: row 0 looks straight DOWN, the last row up.
 */
export function makeSky(options: SkyOptions = {}): DataTexture {
  const { zenith = [0.16, 0.3, 0.62], horizon = [0.62, 0.72, 0.85] } = options;
  const { ground = [0.2, 0.18, 0.16], halo = [0.7, 0.55, 0.35], haloDeg = 18 } = options;
  const { haze = 0.45, intensity = 1, widthPx = 128 } = options;
  const sun = (options.sunDirection ?? new Vector3(0.5, 0.7, 0.4)).clone().normalize();
  const heightPx = widthPx / 2;
  const data = new Float32Array(widthPx * heightPx * 4);
  const haloFalloff = 1 / (1 - Math.cos(MathUtils.degToRad(haloDeg)));
  for (let row = 0, i = 0; row < heightPx; row++) {
    const elevation = ((row + 0.5) / heightPx - 0.5) * Math.PI;
    const y = Math.sin(elevation);
    const above = lerp(horizon, zenith, Math.pow(Math.max(y, 0), haze));
    // A soft horizon: a hard edge would alias in 64 rows and in the probes.
    const band = lerp(ground, above, MathUtils.smoothstep(y, -0.06, 0.03));
    for (let column = 0; column < widthPx; column++, i += 4) {
      const azimuth = ((column + 0.5) / widthPx - 0.5) * 2 * Math.PI;
      const x = Math.cos(elevation) * Math.cos(azimuth);
      const z = Math.cos(elevation) * Math.sin(azimuth);
      const cosSun = x * sun.x + y * sun.y + z * sun.z;
      const glow = y > -0.06 ? Math.exp((cosSun - 1) * haloFalloff) : 0;
      data[i] = (band[0] + halo[0] * glow) * intensity;
      data[i + 1] = (band[1] + halo[1] * glow) * intensity;
      data[i + 2] = (band[2] + halo[2] * glow) * intensity;
      data[i + 3] = 1;
    }
  }
  const texture = new DataTexture(data, widthPx, heightPx, RGBAFormat, FloatType);
  texture.name = 'sky';
  texture.mapping = EquirectangularReflectionMapping;
  texture.colorSpace = LinearSRGBColorSpace;
  texture.wrapS = RepeatWrapping;
  texture.magFilter = LinearFilter;
  texture.minFilter = LinearFilter;
  texture.generateMipmaps = false;
  texture.needsUpdate = true;
  return texture;
}

/** The sky of `--environment sky`: a clear midday, mean upper radiance about 0.5. */
export function makeDefaultSky(): DataTexture {
  return makeSky();
}
