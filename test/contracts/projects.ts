import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Project } from '../../shared/domain/project.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../shared/domain/settings.ts';
import { ConflictError, InvalidError, NotFoundError } from '../../shared/errors.ts';
import type { Projects } from '../../shared/ports.ts';
import { allPages, aProject, START } from './documents-builders.ts';
import { anApproval, approvalContract } from './projects-approval.ts';
import { retentionContract } from './projects-retention.ts';

export interface ProjectsUnderTest {
  projects: Projects;
  stop(): Promise<void>;
}

/** The promises of the port Projects. */
export const projectsContract = (name: string, make: () => Promise<ProjectsUnderTest>) => {
  describe(`projects in ${name}`, () => {
    let tested: ProjectsUnderTest;
    const under = () => tested.projects;
    beforeAll(async () => {
      tested = await make();
    });
    afterAll(() => tested?.stop());

    describe('registration', () => registrationContract(under));
    describe('settings', () => settingsContract(under));
    describe('retention', () => retentionContract(under));
    describe('approval', () => approvalContract(under));
  });
};

type Under = () => Projects;

const aRegistration = (over: Partial<Project> = {}): Project => ({
  project: aProject(),
  identity: randomUUID(),
  status: 'registering',
  registered_at: START,
  embedding_model: 'model',
  dimension: 384,
  adopted: false,
  read_only: false,
  ...over,
});

const registrationContract = (under: Under) => {
  it('stores a project once: of ten that register a name, all get the same identity', async () => {
    const project = aProject();
    const wishes = Array.from({ length: 10 }, () => aRegistration({ project, status: 'registered' }));

    const answers = await Promise.all(wishes.map((wish) => under().put(wish)));

    const standing = await under().get(project);
    expect(wishes.map(({ identity }) => identity)).toContain(standing?.identity);
    expect(standing?.status).toBe('registering');
    for (const answer of answers) expect(answer).toEqual(standing);
  });

  it('knows nothing of a name that nobody registered', async () => {
    expect(await under().get(aProject())).toBeUndefined();
    expect(await under().approval(aProject())).toBeUndefined();
    await expect(under().confirm(aProject(), randomUUID())).rejects.toThrow(NotFoundError);
  });

  it('is confirmed for the identity that stands, and for no other', async () => {
    const project = await under().put(aRegistration({ read_only: true }));

    await expect(under().confirm(project.project, randomUUID())).rejects.toThrow(ConflictError);
    expect(await under().get(project.project)).toEqual(project);
    await under().confirm(project.project, project.identity);
    await under().confirm(project.project, project.identity);

    expect(await under().get(project.project)).toEqual({ ...project, status: 'registered' });
    expect(await under().put(aRegistration({ project: project.project }))).toMatchObject({
      identity: project.identity,
      status: 'registered',
    });
  });

  it('is listed in order of name, in pages', async () => {
    const names = Array.from({ length: 9 }, () => aProject());
    await Promise.all(names.map((project) => under().put(aRegistration({ project }))));

    const pages = await allPages((page) => under().list(page), 2);

    const listed = pages.flat().map(({ project }) => project);
    expect(listed).toEqual(listed.toSorted());
    expect(listed.filter((name) => names.includes(name))).toEqual(names.toSorted());
    expect(pages.slice(0, -1).every((page) => page.length === 2)).toBe(true);
    await expect(under().list({ limit: 2, cursor: 'abc.def' })).rejects.toThrow(InvalidError);
  });

  it('is gone when it is dropped, with its settings and its approval', async () => {
    const project = await under().put(aRegistration());
    await under().changeSettings(project.project, { mode: 'auto' });
    await under().requestApproval(project.project, anApproval());

    await under().drop(project.project);
    await under().drop(project.project);

    expect(await under().get(project.project)).toBeUndefined();
    expect(await under().settings(project.project)).toEqual(DEFAULT_SETTINGS);
    expect(await under().approval(project.project)).toBeUndefined();
  });
};

const settingsContract = (under: Under) => {
  it('are the defaults until somebody changes them', async () => {
    expect(await under().settings(aProject())).toEqual(DEFAULT_SETTINGS);
  });

  it('of two writers merge, and every change has a number of its own', async () => {
    const project = aProject();
    const changes: Partial<Settings>[] = [
      { mode: 'auto', repairs_per_minute: 7 },
      { grace_seconds: 0, alert_above_percent: 2.5 },
      { authority: 'manual', unknown_chunks: 'ask' },
      {},
    ];

    const answers = await Promise.all(changes.map((change) => under().changeSettings(project, change)));

    expect(await under().settings(project)).toEqual(Object.assign({ ...DEFAULT_SETTINGS }, ...changes));
    expect(answers.map(({ change }) => change).sort()).toEqual([1, 2, 3, 4]);
    for (const [i, answer] of answers.entries()) expect(answer.settings).toMatchObject(changes[i] ?? {});
  });

  it('leave out what is undefined or no setting', async () => {
    const project = aProject();
    await under().changeSettings(project, { mode: 'plan' });
    const odd = { mode: undefined, pk: 'x', change: 99, colour: 'red' } as unknown as Partial<Settings>;

    const { settings, change } = await under().changeSettings(project, odd);

    expect(change).toBe(2);
    expect(settings).toEqual({ ...DEFAULT_SETTINGS, mode: 'plan' });
    expect(await under().settings(project)).toEqual(settings);
  });
};
