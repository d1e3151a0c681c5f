import { resolve } from 'node:path';
import { heldOutFiles, makeHeldOutFile } from './held-out/files';
import { runCommand, type Command } from './lib/cli';

const command = {
  name: 'make-glb',
  summary: 'Writes the held-out GLB scenes; the same files every time.',
  flags: {
    out: { value: 'DIR', help: 'folder of the files', default: 'evaluation/files' },
  },
} satisfies Command<string>;

await runCommand(command, async ({ out }) => {
  for (const name of Object.keys(heldOutFiles)) {
    console.log(await makeHeldOutFile(name, resolve(out)));
  }
});
