import { describe, expect, it } from 'vitest';
import { figureScenes } from '../../scripts/lib/figures-scenes';
import { heldOutFiles } from '../../scripts/held-out/files';
import { writeGlb } from '../../scripts/lib/glb/write';

interface Document {
  readonly nodes: readonly { name: string; mesh?: number; camera?: number; extensions?: object }[];
  readonly meshes: readonly { primitives: readonly { targets?: object[] }[] }[];
  readonly materials: readonly { extensions?: object; pbrMetallicRoughness: object }[];
  readonly images: readonly object[];
  readonly animations: readonly {
    channels: readonly { target: { node: number; path: string } }[];
  }[];
  readonly extensions: { KHR_lights_punctual: { lights: readonly { extras: object }[] } };
  readonly accessors: readonly { count: number; bufferView: number; type: string }[];
  readonly bufferViews: readonly { byteOffset: number; byteLength: number }[];
}

function read(bytes: Buffer): { document: Document; binBytes: number } {
  expect(bytes.subarray(0, 4).toString()).toBe('glTF');
  expect(bytes.readUInt32LE(8)).toBe(bytes.length);
  const jsonBytes = bytes.readUInt32LE(12);
  const document = JSON.parse(bytes.subarray(20, 20 + jsonBytes).toString()) as Document;
  return { document, binBytes: bytes.readUInt32LE(20 + jsonBytes) };
}

describe.each(Object.entries(heldOutFiles))('%s', (name, build) => {
  const bytes = writeGlb(build());
  const { document, binBytes } = read(bytes);

  it('is the same file every time', () => {
    expect(writeGlb(build()).equals(bytes)).toBe(true);
  });

  it('is evaluated, and kept from training by its name', () => {
    const scene = figureScenes().find((entry) => entry.name === name);
    expect(scene?.group).toBe('file');
    expect(name).toMatch(/^held-/);
  });

  it('names each node once, so that its animation finds it', () => {
    const names = document.nodes.map((node) => node.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has lights with a physical size, glowing things and textures', () => {
    const { lights } = document.extensions.KHR_lights_punctual;
    expect(lights.length).toBeGreaterThan(0);
    for (const { extras } of lights) expect(Object.values(extras)[0]).toBeGreaterThan(0);
    const text = JSON.stringify(document.materials);
    expect(text).toContain('KHR_materials_emissive_strength');
    expect(text).toContain('KHR_texture_transform');
    expect(document.images.length).toBeGreaterThan(1);
  });

  it('moves its camera and something else', () => {
    const moved = document.animations[0]!.channels.map(
      ({ target }) => document.nodes[target.node]!,
    );
    expect(moved.some(({ camera }) => camera !== undefined)).toBe(true);
    expect(moved.some(({ camera }) => camera === undefined)).toBe(true);
  });

  it('keeps its views inside the binary chunk', () => {
    for (const { byteOffset, byteLength } of document.bufferViews) {
      expect(byteOffset % 4).toBe(0);
      expect(byteOffset + byteLength).toBeLessThanOrEqual(binBytes);
    }
  });
});

it('has a morphed mesh among the files', () => {
  const { document } = read(writeGlb(heldOutFiles['held-living-room']!()));
  const targets = document.meshes.flatMap(({ primitives }) => primitives[0]?.targets ?? []);
  expect(targets).toHaveLength(1);
});
