import {
  displayTransform,
  materialFactors,
  packedRows,
  presentPixels,
  relit,
  transferFunctions,
} from './nodes';
import { runNetwork } from './network';
import { shootRays } from './rays';

/** What the tests call in the page; the page itself shows nothing. */
const kernels = {
  materialFactors,
  packedRows,
  transferFunctions,
  displayTransform,
  presentPixels,
  relit,
  runNetwork,
  shootRays,
};

declare global {
  interface Window {
    kernels: typeof kernels;
  }
}

window.kernels = kernels;
