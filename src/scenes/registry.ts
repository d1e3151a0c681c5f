import { createAtrium } from './atrium';
import { createCornell } from './cornell';
import { createWorkcell } from './workcell';
import type { DemoScene } from './scene';
export function createScene(name: string): DemoScene { return name === 'atrium' ? createAtrium() : name === 'workcell' ? createWorkcell() : createCornell(); }
export const sceneNames = ['cornell','atrium','workcell'] as const;
export const sceneEntries = [{name:'cornell',description:'',seenInTraining:true},{name:'atrium',description:'',seenInTraining:true},{name:'workcell',description:'',seenInTraining:false}];
