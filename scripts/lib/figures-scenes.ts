import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './cli';
import { projectRoot } from './install.mjs';

/** Where a scene comes from, and whether a network has seen it. */
export const groups = ['built-in', 'generated', 'file', 'seen'] as const;
export type Group = (typeof groups)[number];

/** A scene of the published figures. */
export interface FigureScene {
  readonly name: string;
  readonly group: Group;
  /** Pictures at equal steps over its path. */
  readonly frames: number;
  /** Sky of a file. */
  readonly environment: string;
}

interface HeldOut {
  readonly scenes: Readonly<Record<string, number>>;
  readonly files: Readonly<Record<string, { frames: number; environment: string }>>;
}

/** Scenes of the demo that are trained on: their figures are reported apart. */
const seenScenes = { cornell: 4, atrium: 4 };

/** All scenes of the figures: those of models/held-out.json, then those seen in training. */
export function figureScenes(): FigureScene[] {
  const path = join(projectRoot, 'models', 'held-out.json');
  const { scenes, files } = JSON.parse(readFileSync(path, 'utf8')) as HeldOut;
  const environment = 'none';
  const groupOf = (name: string): Group => (name.startsWith('held-') ? 'generated' : 'built-in');
  const drawn = Object.entries(scenes).map(([name, frames]): FigureScene => ({
    name,
    frames,
    environment,
    group: groupOf(name),
  }));
  const loaded = Object.entries(files).map(([name, { frames, environment }]): FigureScene => ({
    name,
    frames,
    environment,
    group: 'file',
  }));
  const seen = Object.entries(seenScenes).map(([name, frames]): FigureScene => ({
    name,
    frames,
    environment,
    group: 'seen',
  }));
  return [...drawn, ...loaded, ...seen];
}

/** The scenes that a list names by scene or group; `all` = every one. */
export function chooseScenes(text: string): FigureScene[] {
  const scenes = figureScenes();
  const wanted = text.split(',').map((part) => part.trim());
  const known = new Set<string>(['all', ...groups, ...scenes.map(({ name }) => name)]);
  const unknown = wanted.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new UsageError(`--scenes: '${unknown}' is not one of ${[...known].join(', ')}`);
  }
  return scenes.filter(({ name, group }) => ['all', name, group].some((id) => wanted.includes(id)));
}
