/** What the GUI says about a built-in scene before it is built. */
export interface SceneEntry {
  readonly name: string;
  /** Which kind of light the raw frame of this scene lacks. */
  readonly description: string;
  readonly seenInTraining: boolean;
}

/** The built-in scenes in the order of the GUI. `workcell` is held out: no picture of it is ever trained on. */
export const builtInEntries = {
  cornell: {
    name: 'cornell',
    description:
      'Raw lacks: colour bleeding from the walls, the soft shadows of an area light, reflections in metal.',
    seenInTraining: true,
  },
  atrium: {
    name: 'atrium',
    description:
      'Raw lacks: sunlight carried deep into the hall over several bounces, tinted by floor and banners.',
    seenInTraining: true,
  },
  workcell: {
    name: 'workcell',
    description:
      'Raw lacks: light of the ceiling panels and status lamps, occlusion under the machines, reflections in the floor.',
    seenInTraining: false,
  },
} as const satisfies Record<string, SceneEntry>;

/** Scenes for measuring (calibration.ts), which the GUI does not offer. */
export const calibrationSceneNames = [
  'calibration-plane-directional',
  'calibration-plane-point',
  'calibration-plane-spot',
  'calibration-sphere-directional',
  'calibration-sphere-point',
  'calibration-sphere-spot',
  'calibration-room',
  'calibration-courtyard',
] as const;

export type CalibrationSceneName = (typeof calibrationSceneNames)[number];
