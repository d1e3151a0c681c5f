import { parseArgs } from 'node:util';

/** One `--flag VALUE` of a command; its default is text, as if it had been typed. */
export interface Flag {
  /** What the value is, in capitals, for the help. */
  readonly value: string;
  readonly help: string;
  /** Left out = the flag is required. */
  readonly default?: string;
}

/** A command of this folder: what `--help` prints. */
export interface Command<F extends string> {
  readonly name: string;
  readonly summary: string;
  readonly flags: Readonly<Record<F, Flag>>;
}

/** The caller's mistake: printed without a stack, with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Runs a command with this process's arguments; prints help and errors, and sets the exit code. */
export async function runCommand<F extends string>(
  command: Command<F>,
  run: (flags: Readonly<Record<F, string>>) => Promise<void>,
): Promise<void> {
  try {
    const flags = readFlags(command, process.argv.slice(2));
    if (flags === 'help') console.log(helpText(command));
    else await run(flags);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`${command.name}: ${message}`);
    const usage = error instanceof UsageError;
    if (usage) console.error(`See: npm run ${command.name} -- --help`);
    process.exitCode = usage ? 2 : 1;
  }
}

/** Reads the flags; throws a UsageError that names what is wrong. */
export function readFlags<F extends string>(
  command: Command<F>,
  args: readonly string[],
): Readonly<Record<F, string>> | 'help' {
  const names = Object.keys(command.flags) as F[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const given = parseOrRefuse(args, { ...options, help: { type: 'boolean', short: 'h' } });
  if (given['help']) return 'help';
  const values = names.map((name) => {
    const value = given[name] ?? command.flags[name].default;
    if (typeof value !== 'string') throw new UsageError(`--${name} is missing`);
    return [name, value] as const;
  });
  return Object.fromEntries(values) as Record<F, string>;
}

type Options = Record<string, { type: 'string' | 'boolean'; short?: string }>;

function parseOrRefuse(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message.split('. To specify')[0] ?? message);
  }
}

function helpText<F extends string>({ name, summary, flags }: Command<F>): string {
  const rows = Object.entries<Flag>(flags).map(([flag, { value, help, default: fallback }]) => {
    const note = fallback === undefined ? ' (required)' : fallback && ` (default: ${fallback})`;
    return `  ${`--${flag} ${value}`.padEnd(36)} ${help}${note}`;
  });
  return [`npm run ${name} -- [flags]`, summary, '', ...rows, '  --help'].join('\n');
}

/** Reads a whole number from `least` to `most`. */
export function readWhole(flag: string, text: string, least = 0, most = Infinity): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  const range = most < Infinity ? `from ${least} to ${most}` : `of at least ${least}`;
  throw new UsageError(`--${flag}: '${text}' is not a whole number ${range}`);
}

/** Reads one of the given words. */
export function readChoice<T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new UsageError(`--${flag}: '${text}' is not one of ${choices.join(', ')}`);
}

/** Reads `WIDTHxHEIGHT` in pixels. */
export function readSize(flag: string, text: string): { widthPx: number; heightPx: number } {
  const [, width = 0, height = 0] = (/^(\d+)x(\d+)$/.exec(text) ?? []).map(Number);
  if (width >= 16 && height >= 16 && width <= 8192 && height <= 8192) {
    return { widthPx: width, heightPx: height };
  }
  throw new UsageError(`--${flag}: '${text}' is not WIDTHxHEIGHT with 16 to 8192 pixels each`);
}
