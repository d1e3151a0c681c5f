/** A line of progress with the time left; on a terminal it stays one line. */
export interface Progress {
  /** One more is done; `label` names it. */
  advance(label: string): void;
  /** Prints a line that stays. */
  note(text: string): void;
  finish(): void;
}

/** Starts a progress display over `total` items. */
export function startProgress(total: number, unit: string): Progress {
  const startMs = Date.now();
  const live = process.stdout.isTTY;
  let done = 0;
  const show = (text: string): void => {
    process.stdout.write(live ? `\r\x1b[K${text}` : `${text}\n`);
  };
  return {
    advance(label) {
      done++;
      const elapsedS = (Date.now() - startMs) / 1000;
      const leftS = (elapsedS / done) * (total - done);
      show(`${done}/${total} ${unit} · ${label} · ${duration(leftS)} left`);
    },
    note: (text) => show(`${text}${live ? '\n' : ''}`),
    finish() {
      show(`${done}/${total} ${unit} in ${duration((Date.now() - startMs) / 1000)}`);
      if (live) process.stdout.write('\n');
    },
  };
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
