import { describe, expect, it } from 'vitest';
import { GltfLoadError, checkGltfBytes } from '../../src/scenes/gltf-bytes';

describe('glTF bytes', () => {
  const encode = (text: string): ArrayBuffer =>
    new TextEncoder().encode(text).buffer as ArrayBuffer;
  const glb = (version: number, lengthBytes: number): ArrayBuffer => {
    const bytes = new ArrayBuffer(20);
    const view = new DataView(bytes);
    view.setUint32(0, 0x46546c67, true);
    view.setUint32(4, version, true);
    view.setUint32(8, lengthBytes, true);
    return bytes;
  };

  it.each([
    ['an HTML page', encode('<!doctype html><p>404'), /HTML/],
    ['a cut-off GLB', glb(2, 5000), /truncated/],
    ['glTF 1.0', glb(1, 20), /version 1/],
    ['glTF JSON 1.0', encode('{"asset":{"version":"1.0"}}'), /version 1\.0/],
    ['other JSON', encode('{"a":1}'), /asset\.version/],
    ['half a JSON', encode('{"asset":{"ver'), /truncated/],
    ['an empty file', encode(''), /empty/],
    ['a picture', encode('\u0089PNG'), /neither/],
  ])('says what is wrong with %s', (_, bytes, message) => {
    expect(() => checkGltfBytes(bytes, 'x.glb')).toThrow(GltfLoadError);
    expect(() => checkGltfBytes(bytes, 'x.glb')).toThrow(message);
  });

  it('accepts glTF 2.0', () => {
    expect(() => checkGltfBytes(glb(2, 20), 'x.glb')).not.toThrow();
    expect(() => checkGltfBytes(encode('{"asset":{"version":"2.0"}}'), 'x.gltf')).not.toThrow();
  });
});
