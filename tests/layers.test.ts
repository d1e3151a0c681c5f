import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const sourceFolder = join(root, 'src');

/** Imports may point to the same layer or to one before it; files directly in src/ come last. */
const layers = ['core', 'scenes', 'pipeline', 'views', 'main'];
/** Folders beside the layers: they see core, and types of everything. */
const sideFolders = ['ui', 'bench'];

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

interface Source {
  readonly file: string;
  readonly code: string;
}

const importPattern =
  /\b(?:import|export)\s+(type\s)?[\w\s{},*$]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;

function readSources(): Source[] {
  return readdirSync(sourceFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({
      file: name.split(sep).join('/'),
      code: withoutComments(readFileSync(join(sourceFolder, name), 'utf8')),
    }));
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}

function importsOf({ file, code }: Source): Import[] {
  return [...code.matchAll(importPattern)].map(([, type, from, bare]) => ({
    file,
    target: from ?? bare ?? '',
    typeOnly: type !== undefined,
  }));
}

/** First folder below src/ of a file, `main` for files directly in it. */
function folderOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : 'main';
}

/** Folder below src/ that a relative import points into, null if it leaves src/. */
function targetFolder({ file, target }: Import): string | null {
  const path = relative(
    sourceFolder,
    resolve(sourceFolder, file, '..', target.split('?')[0] ?? ''),
  );
  return path.startsWith('..') ? null : folderOf(path.split(sep).join('/'));
}

function breaksLayers(item: Import): boolean {
  if (!item.target.startsWith('.')) return false;
  const from = folderOf(item.file);
  const to = targetFolder(item);
  if (to === null || to === from) return false;
  if (sideFolders.includes(from)) return to !== 'core' && !item.typeOnly;
  if (from === 'main') return false;
  return !layers.includes(to) || layers.indexOf(to) > layers.indexOf(from);
}

const describeImport = ({ file, target }: Import): string => `${file} imports ${target}`;

describe('layers of src/', () => {
  const sources = readSources();
  const imports = sources.flatMap(importsOf);

  it('finds the imports it judges', () => {
    expect(imports.length).toBeGreaterThan(10);
  });

  it('has no folder that the rules leave out', () => {
    const folders = new Set(sources.map(({ file }) => folderOf(file)));
    expect([...folders].filter((name) => ![...layers, ...sideFolders].includes(name))).toEqual([]);
  });

  it('imports core <- scenes <- pipeline <- views <- main; ui and bench see core and types', () => {
    expect(imports.filter(breaksLayers).map(describeImport)).toEqual([]);
  });

  it('imports ONNX Runtime in src/pipeline/infer*.ts only', () => {
    const outside = imports.filter(
      ({ file, target, typeOnly }) =>
        target.startsWith('onnxruntime-') && !typeOnly && !/^pipeline\/infer[^/]*\.ts$/.test(file),
    );
    expect(outside.map(describeImport)).toEqual([]);
  });

  it("reaches behind three's renderer in src/core/gpu-handles.ts only", () => {
    const reaching = sources.filter(({ code }) =>
      /renderer\w*(\s+as [^)]*)?\)?\.backend\b/i.test(code),
    );
    const files = reaching.map(({ file }) => file);
    expect(files.filter((file) => file !== 'core/gpu-handles.ts')).toEqual([]);
  });
});
