import type { Settings, ViewId } from '../core/settings';
import type { BenchmarkOptions } from './result';

/** The settings that a combination fixes. */
export type Cell = Pick<Settings, 'view' | 'quality' | 'model' | 'backend' | 'size'>;

/** Every combination that differs: without the network its model and backend make no difference. */
export function cellsOf(
  options: BenchmarkOptions,
  current: Cell,
  needsNetwork: (view: ViewId) => boolean,
): Cell[] {
  const {
    views = [current.view], qualities = [current.quality], models = [current.model],
    backends = [current.backend], sizes = [current.size],
  } = options; // prettier-ignore
  const cells: Cell[] = [];
  for (const size of sizes) {
    for (const quality of qualities) {
      for (const view of views) {
        const network = needsNetwork(view);
        for (const model of network ? models : models.slice(0, 1)) {
          for (const backend of network ? backends : backends.slice(0, 1)) {
            cells.push({ view, quality, model, backend, size });
          }
        }
      }
    }
  }
  return cells;
}
