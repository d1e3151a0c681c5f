/** Sums that one turn of the loop goes through: enough to hide the latency of a multiplication and an addition. */
const CHAINS = 12;
/** Lanes of a SIMD128 register. */
const LANES = 4;

const [I32, F32, V128] = [0x7f, 0x7d, 0x7b];
const op = {
  localGet: 0x20, localSet: 0x21, localTee: 0x22, loop: 0x03, brIf: 0x0d, end: 0x0b, i32Const: 0x41, i32Sub: 0x6b,
  f32Const: 0x43, splat: [0xfd, 0x13], lane0: [0xfd, 0x1f, 0], add: [0xfd, 0xe4, 0x01], mul: [0xfd, 0xe6, 0x01],
} as const; // prettier-ignore

/** LEB128 of a whole number of at least 0. */
const leb = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...leb(Math.floor(value / 128))];
const block = (...body: readonly number[]): number[] => [...leb(body.length), ...body];
const section = (id: number, ...body: readonly number[]): number[] => [id, ...block(...body)];
const f32 = (value: number): number[] => [
  op.f32Const,
  ...new Uint8Array(Float32Array.of(value).buffer),
];

/**
 * A module with `run(turns: i32) -> f32`: each turn does `sum = sum · ½ + 1` for 12 registers of four floats, nothing
 * else, so it is as fast as plain SIMD128 (without the relaxed, fused instruction) can multiply and add.
 */
function assemble(): Uint8Array<ArrayBuffer> {
  const [half, one, first] = [1, 2, 3];
  const chains = Array.from({ length: CHAINS }, (_, i) => first + i);
  const start = [
    ...[...f32(0.5), ...op.splat, op.localSet, half],
    ...[...f32(1), ...op.splat, op.localSet, one],
    ...chains.flatMap((chain, i) => [...f32(i), ...op.splat, op.localSet, chain]),
  ];
  const turn = chains.flatMap((chain) => [
    ...[op.localGet, chain, op.localGet, half, ...op.mul],
    ...[op.localGet, one, ...op.add, op.localSet, chain],
  ]);
  const again = [op.localGet, 0, op.i32Const, 1, op.i32Sub, op.localTee, 0, op.brIf, 0];
  const loop = [op.loop, 0x40, ...turn, ...again, op.end];
  const read = chains.flatMap((chain) => [op.localGet, chain]);
  const sum = chains.slice(1).flatMap(() => op.add);
  const code = [...start, ...loop, ...read, ...sum, ...op.lane0, op.end];
  const locals = [1, CHAINS + 2, V128];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 1, I32, 1, F32),
    ...section(3, 1, 0),
    ...section(7, 1, 3, 0x72, 0x75, 0x6e, 0, 0),
    ...section(10, 1, ...block(...locals, ...code)),
  ]);
}

/** The loop, and how many multiply-adds a turn of it does. */
export interface SimdLoop {
  /** Runs at least one turn and returns the sum of lane 0 over all registers. */
  run(turns: number): number;
  readonly macsPerTurn: number;
}

/** Compiles the loop. */
export async function createSimdLoop(): Promise<SimdLoop> {
  const { instance } = await WebAssembly.instantiate(assemble());
  const run = instance.exports['run'] as SimdLoop['run'];
  return { run, macsPerTurn: CHAINS * LANES };
}
