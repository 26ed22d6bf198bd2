import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DataFolder, openDataFolder } from '../data-folder.ts';
import { TRIAL_MS, beforeStart } from './before-start.ts';
import { type ProgramPlaces, programPlaces } from './program-places.ts';
import { readUpdateState, writeUpdateState } from './update-state.ts';

let root: string;
let folder: DataFolder;
let places: ProgramPlaces;
const trial = { phase: 'trial', version: '0.3.0', from: '0.2.0', switchedAt: 1_000, starts: 0, giveUp: null } as const;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'throughline-trial-'));
  folder = openDataFolder(join(root, 'data'));
  places = programPlaces(join(root, 'program.previous'));
  writeFileSync(places.program, 'new');
  writeFileSync(places.previous, 'old');
});
afterEach(() => rmSync(root, { recursive: true }));
const program = () => readFileSync(places.program, 'utf8');

it('gives a new version its starts and its time, also after a machine was off for long, and then puts the old one back', () => {
  writeUpdateState(folder, trial);
  expect(beforeStart(folder, places, trial.switchedAt + 2 * TRIAL_MS)).toBeNull();
  expect(readUpdateState(folder)).toMatchObject({ starts: 1 });
  expect(program()).toBe('new');
  expect(beforeStart(folder, places, trial.switchedAt + 2 * TRIAL_MS)).toContain('within ten minutes');
  expect(program()).toBe('old');
  expect(readUpdateState(folder)).toMatchObject({ phase: 'rolled_back', from: '0.2.0', version: '0.3.0' });
  // Known for what it is: no second time.
  expect(beforeStart(folder, places, 0)).toBeNull();
});

it('does what the new version asks for itself, and nothing where there is nothing to put back or no trial', () => {
  writeUpdateState(folder, { ...trial, giveUp: 'turned away' });
  rmSync(places.previous);
  expect(beforeStart(folder, places, 0)).toBeNull();
  writeFileSync(places.previous, 'old');
  expect(beforeStart(folder, places, 0)).toContain('turned away');
  expect(program()).toBe('old');
  writeFileSync(join(folder.root, 'update/state.json'), 'torn');
  expect(beforeStart(folder, places, 0)).toBeNull();
});
