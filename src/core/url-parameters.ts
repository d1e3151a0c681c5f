import { allowedValues, defaultSettings, describeValue, readSetting } from './settings';
import type { Settings } from './settings';

/** What a page address asks for: the settings that are fine, and one text per parameter that is not. */
export interface UrlSettings {
  readonly settings: Partial<Settings>;
  readonly problems: readonly string[];
}

interface Parameter {
  readonly key: keyof Settings;
  /** The parameter's text as a setting's value; texts that make no sense pass through to be refused. */
  readonly read: (text: string) => unknown;
  /** How the value is written in an address, where it differs from how the setting is written. */
  readonly written?: string;
}

const asText = (text: string): string => text;

/** Digits only, so that '', '1e3', '0x10' and ' 7' are refused. */
const asWhole = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : text);

const asSwitch = (text: string): unknown => (text === '1' ? true : text === '0' ? false : text);

function asSize(text: string): unknown {
  const sides = /^(\d+)x(\d+)$/i.exec(text);
  return sides ? { widthPx: Number(sides[1]), heightPx: Number(sides[2]) } : text;
}

const parameters = new Map<string, Parameter>([
  ['scene', { key: 'scene', read: asText }],
  ['view', { key: 'view', read: asText }],
  ['compare', { key: 'compareView', read: asText }],
  ['quality', { key: 'quality', read: asText }],
  ['model', { key: 'model', read: asText }],
  ['backend', { key: 'backend', read: asText }],
  ['frame', { key: 'frame', read: asWhole }],
  ['paused', { key: 'paused', read: asSwitch, written: '1 or 0' }],
  ['size', { key: 'size', read: asSize, written: 'fit or WIDTHxHEIGHT in pixels, 1 to 8192 each' }],
  ['rays', { key: 'rays', read: asWhole }],
  ['seed', { key: 'seed', read: asWhole }],
]);

/** Parameters that switch a tool of the page on by being there; they are no settings. */
const pageSwitches: ReadonlySet<string> = new Set(['inspect']);

/**
 * Reads the query of a page address (`location.search`). `sceneNames` are the scenes to offer in a message,
 * `isScene` says which exist, `defaults` what stays where a value is not allowed.
 */
export function readUrlParameters(
  search: string,
  sceneNames: readonly string[],
  isScene: (name: string) => boolean = (name) => sceneNames.includes(name),
  defaults: Readonly<Settings> = defaultSettings(),
): UrlSettings {
  const query = new URLSearchParams(search);
  const settings: Partial<Settings> = {};
  const problems: string[] = [];
  for (const name of new Set(query.keys())) {
    if (pageSwitches.has(name)) continue;
    const texts = query.getAll(name);
    const [text = ''] = texts;
    if (name === 'scene' && texts.length === 1 && !isScene(text)) {
      const fallback = `using ${describe(defaults.scene)}.`;
      problems.push(refusal(name, text, `one of ${sceneNames.join(', ')}`, fallback));
      continue;
    }
    const problem = readParameter(settings, name, texts, defaults);
    if (problem !== undefined) problems.push(problem);
  }
  return { settings, problems };
}

function readParameter(
  settings: Partial<Settings>,
  name: string,
  texts: readonly string[],
  defaults: Readonly<Settings>,
): string | undefined {
  const parameter = parameters.get(name);
  const [text = ''] = texts;
  if (!parameter) {
    const known = [...parameters.keys(), ...pageSwitches].join(', ');
    return `Address parameter ${describeValue(name)} is unknown and was left out. Known are ${known}.`;
  }
  const fallback = `using ${describe(defaults[parameter.key])}.`;
  if (texts.length > 1)
    return `Address parameter ${name} is given ${texts.length} times, ${fallback}`;
  if (readSetting(settings, parameter.key, parameter.read(text))) return undefined;
  return refusal(name, text, parameter.written ?? allowedValues(parameter.key), fallback);
}

function refusal(name: string, text: string, allowed: string, fallback: string): string {
  return `Address parameter ${name}: ${describeValue(text)} is not allowed, ${fallback} Allowed: ${allowed}.`;
}

function describe(value: Settings[keyof Settings]): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}
