import { create } from './elements';

const bytesPerMegabyte = 1e6;

/** Overlay with a bar: what is being waited for and, for downloads, how much has arrived. */
export class Progress {
  private readonly title = create('p', 'progress-phase');
  private readonly amount = create('p', 'progress-bytes');
  private readonly track = create('div', 'progress-track');
  private readonly bar = create('div', 'progress-bar');

  constructor(private readonly container: HTMLElement) {
    this.track.setAttribute('role', 'progressbar');
    this.track.setAttribute('aria-valuemin', '0');
    this.track.setAttribute('aria-valuemax', '100');
    this.track.append(this.bar);
    container.replaceChildren(this.title, this.track, this.amount);
    container.hidden = true;
  }

  /** Shows the overlay and names what happens now, of unknown length until `bytes` is called. */
  phase(text: string): void {
    this.container.hidden = false;
    this.title.textContent = text;
    this.track.setAttribute('aria-label', text);
    this.amount.textContent = '';
    this.fill(null);
  }

  /** Bytes that have arrived; `total` is null where the server does not say. */
  bytes(loaded: number, total: number | null): void {
    // A compressed transfer announces its compressed size but counts unpacked bytes: more than all of them.
    const known = total !== null && total > 0 && loaded <= total;
    const arrived = (loaded / bytesPerMegabyte).toFixed(1);
    this.amount.textContent = known
      ? `${arrived} of ${(total / bytesPerMegabyte).toFixed(1)} MB`
      : `${arrived} MB`;
    this.fill(known ? loaded / total : null);
  }

  /** Hides the overlay. */
  done(): void {
    this.container.hidden = true;
    this.fill(null);
  }

  /** `share` is 0..1, or null for a bar that only says "still busy". */
  private fill(share: number | null): void {
    this.track.classList.toggle('busy', share === null);
    this.bar.style.transform = share === null ? '' : `scaleX(${share})`;
    if (share === null) this.track.removeAttribute('aria-valuenow');
    else this.track.setAttribute('aria-valuenow', String(Math.round(share * 100)));
  }
}
