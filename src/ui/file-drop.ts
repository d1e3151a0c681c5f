export interface FileDropOptions {
  /** Whole area that takes a file; carries the class `dropping` while one hovers. */
  readonly page: HTMLElement;
  readonly onFile: (file: File) => void;
  /** Told why something that was dropped was not taken. */
  readonly onRefused: (reason: string) => void;
}

const ending = '.glb';

/** Takes GLB files dropped on the page; returns a function that stops it. */
export function acceptDroppedFiles({ page, onFile, onRefused }: FileDropOptions): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  const carriesFile = (event: DragEvent): boolean =>
    event.dataTransfer?.types.includes('Files') ?? false;
  const hover = (event: DragEvent): void => {
    if (!carriesFile(event)) return;
    // Without this the browser would leave the page and open the file.
    event.preventDefault();
    page.classList.add('dropping');
  };
  const leave = (event: DragEvent): void => {
    if (event.relatedTarget === null) page.classList.remove('dropping');
  };
  const drop = (event: DragEvent): void => {
    page.classList.remove('dropping');
    if (!carriesFile(event)) return;
    event.preventDefault();
    takeFile(event.dataTransfer?.files[0], onFile, onRefused);
  };
  window.addEventListener('dragenter', hover, { signal });
  window.addEventListener('dragover', hover, { signal });
  window.addEventListener('dragleave', leave, { signal });
  window.addEventListener('drop', drop, { signal });
  return () => listening.abort();
}

/** Opens the browser's file dialog for one GLB file. */
export function chooseFile(
  onFile: (file: File) => void,
  onRefused: (reason: string) => void,
): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = `${ending},model/gltf-binary`;
  input.addEventListener('change', () => {
    if (input.files?.length) takeFile(input.files[0], onFile, onRefused);
  });
  input.click();
}

function takeFile(
  file: File | undefined,
  onFile: (file: File) => void,
  onRefused: (reason: string) => void,
): void {
  if (!file) onRefused('What was dropped holds no file.');
  else if (file.name.toLowerCase().endsWith(ending)) onFile(file);
  else onRefused(`${file.name} is not a GLB file; scenes open from ${ending} files.`);
}
