import {
  displayTransform,
  materialFactors,
  presentPixels,
  relit,
  tensorRoundTrip,
  transferFunctions,
} from './nodes';
import { reflect } from './brdf';
import { lightOfPanel } from './glow';
import { history } from './history';
import { reflectSlopes, sampleLobe, sampleShares } from './lobe';
import { runNetwork } from './network';
import { packedRows } from './packed';
import { shootRays } from './rays';

/** What the tests call in the page; the page itself shows nothing. */
const kernels = {
  materialFactors,
  packedRows,
  transferFunctions,
  displayTransform,
  presentPixels,
  relit,
  tensorRoundTrip,
  history,
  runNetwork,
  shootRays,
  lightOfPanel,
  reflectSlopes,
  sampleLobe,
  sampleShares,
  reflect,
};

declare global {
  interface Window {
    kernels: typeof kernels;
  }
}

window.kernels = kernels;
