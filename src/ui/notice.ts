import { create } from './elements';

export type NoticeKind = 'error' | 'warning' | 'info';

interface Notice {
  readonly kind: NoticeKind;
  readonly text: string;
  readonly item: HTMLElement;
  readonly count: HTMLElement;
  times: number;
  timer: number | undefined;
}

/** Above this the oldest notice makes room; the first error never does, it is usually the cause of the others. */
const mostNotices = 4;
const infoMs = 8000;

const kindLabel: Readonly<Record<NoticeKind, string>> = {
  error: 'Error',
  warning: 'Warning',
  info: 'Note',
};

/** Messages stacked over the bottom of the picture; the same message again only raises its count. */
export class NoticeStack {
  private readonly notices: Notice[] = [];

  constructor(private readonly container: HTMLElement) {}

  /** Shows plain text. Errors and warnings stay until dismissed, infos leave after some seconds. */
  notify(kind: NoticeKind, text: string): void {
    const known = this.notices.find((notice) => notice.kind === kind && notice.text === text);
    if (known) this.repeat(known);
    else this.add(kind, text);
  }

  /** Removes every notice. */
  clear(): void {
    for (const notice of this.notices.slice()) this.remove(notice);
  }

  private add(kind: NoticeKind, text: string): void {
    const item = create('div', `notice notice-${kind}`);
    const count = create('span', 'notice-count');
    const dismiss = create('button', 'notice-dismiss', '×');
    dismiss.type = 'button';
    dismiss.setAttribute('aria-label', `Dismiss: ${text}`);
    item.setAttribute('role', kind === 'error' ? 'alert' : 'status');
    const words = create('p', 'notice-text', text);
    item.append(create('span', 'notice-kind', kindLabel[kind]), words, count, dismiss);

    const notice: Notice = { kind, text, item, count, times: 1, timer: undefined };
    dismiss.addEventListener('click', () => this.remove(notice));
    this.notices.push(notice);
    this.container.append(item);
    this.expire(notice);
    this.makeRoom();
  }

  private repeat(notice: Notice): void {
    notice.times += 1;
    notice.count.textContent = notice.times > 999 ? '× 999+' : `× ${notice.times}`;
    this.expire(notice);
  }

  private expire(notice: Notice): void {
    if (notice.kind !== 'info') return;
    window.clearTimeout(notice.timer);
    notice.timer = window.setTimeout(() => this.remove(notice), infoMs);
  }

  private makeRoom(): void {
    while (this.notices.length > mostNotices) {
      const firstError = this.notices.find((notice) => notice.kind === 'error');
      const oldest = this.notices.find((notice) => notice !== firstError);
      if (!oldest) return;
      this.remove(oldest);
    }
  }

  private remove(notice: Notice): void {
    const index = this.notices.indexOf(notice);
    if (index < 0) return;
    window.clearTimeout(notice.timer);
    this.notices.splice(index, 1);
    notice.item.remove();
  }
}
