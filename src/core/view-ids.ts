/** Buffers that a `debug:<name>` view can show: inputs, intermediates and differences of one frame. */
export const bufferNames = [
  'light',
  'visibility',
  'unshadowed',
  'albedo',
  'metalness',
  'normal',
  'roughness',
  'motion',
  'depth',
  'probe',
  'shadow',
  'penumbra',
  'ao',
  'mirror',
  'bounce',
  'history',
  'emissive',
  'lit',
  'relit',
  'edges',
  'difference',
  'guide-albedo',
  'guide-normal',
  'guide-depth',
  'guide-emissive',
  'raw-resolved',
] as const;
export type BufferName = (typeof bufferNames)[number];

/** Views that are finished pictures, in the order the GUI lists them. */
export const pictureViews = [
  'raw',
  'bilinear',
  'fsr1',
  'taau',
  'classic',
  'resolve',
  'ai',
] as const;
export type PictureView = (typeof pictureViews)[number];

export type ViewId = PictureView | `debug:${BufferName}`;

/** Every view that can be shown or compared. */
export const viewIds: readonly ViewId[] = [
  ...pictureViews,
  ...bufferNames.map((name) => `debug:${name}` as const),
];
