import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BREAKER_LIMITS, type Permit, type Transition } from '../../shared/domain/breaker.ts';
import type { Breakers } from '../../shared/ports.ts';
import { affordable } from '../support/effort.ts';
import { aProject, START } from './documents-builders.ts';

/** Callers with clocks of their own over the same breakers. */
export interface BreakersUnderTest {
  /** A caller whose clock is `skewMs` off. Each of its requests goes through `pass` where one is given. */
  caller(skewMs?: () => number, pass?: Pass): Breakers;
  time: { now: number };
  stop(): Promise<void>;
}
export type Pass = (send: () => Promise<unknown>) => Promise<unknown>;
type Under = () => BreakersUnderTest;
type Granted = Permit & { allowed: true };

const { failures_to_open, window_ms, open_ms, probe_lease_ms } = BREAKER_LIMITS;
const MARGIN_MS = 1_000;
const at = (ms: number) => new Date(ms).toISOString();
const GRAPH: Granted = { allowed: true, dependency: 'graph' };

const failed = (breakers: Breakers, project: string) => breakers.report(project, GRAPH, 'failed');
const opened = async (breakers: Breakers, project: string) => {
  for (let i = 0; i < failures_to_open; i++) await failed(breakers, project);
};
const graphOf = async (breakers: Breakers, project: string) =>
  (await breakers.all(project)).find(({ dependency }) => dependency === 'graph');

/** A breaker that has just been opened, its caller, and the time at which a probe is due. */
const anOpenOne = async (under: Under) => {
  const { caller, time } = under();
  const [breakers, project] = [caller(), aProject()];
  await opened(breakers, project);
  return { breakers, project, due: time.now + open_ms + MARGIN_MS };
};
const probe = async (
  breakers: Breakers,
  project: string,
  owner: string,
): Promise<Granted & { probe: { epoch: number } }> => {
  const { permit } = await breakers.permit(project, 'graph', owner);
  if (permit.allowed && permit.probe) return { ...permit, probe: permit.probe };
  throw new Error(`${owner} has no probe`);
};

/** The promises of the port Breakers. */
export const breakersContract = (name: string, make: () => Promise<BreakersUnderTest>) => {
  describe(`breakers in ${name}`, () => {
    let tested: BreakersUnderTest;
    const under = () => tested;
    beforeAll(async () => {
      tested = await make();
      tested.time.now = Date.parse(START);
    });
    afterAll(() => tested?.stop());

    describe('failures', () => failureContract(under));
    describe('probes', () => probeContract(under));
    describe('overrides', () => overrideContract(under));
    describe('the time that one is open', () => openingContract(under));
    describe('clocks that differ', () => skewContract(under));
    it(
      'keep their promises under every order of requests that is tried',
      () => modelContract(under),
      120_000,
    );
  });
};

const failureContract = (under: Under) => {
  it('are needed before a breaker is anything but closed, and none is like another', async () => {
    const { breakers, project } = await anOpenOne(under);

    expect(await breakers.all(project)).toMatchObject([
      {
        dependency: 'graph',
        state: 'open',
        epoch: 1,
        failures: 3,
        override: 'none',
        open_until: at(under().time.now + open_ms),
      },
      { dependency: 'vectors', state: 'closed', epoch: 0, failures: 0, override: 'none' },
      { dependency: 'embedder', state: 'closed', epoch: 0, failures: 0, override: 'none' },
    ]);
    expect((await breakers.permit(project, 'vectors', 'a')).permit).toEqual({
      allowed: true,
      dependency: 'vectors',
    });
    expect((await breakers.permit(aProject(), 'graph', 'a')).permit.allowed).toBe(true);
  });

  it('open a breaker at the third one of a minute, once', async () => {
    const [breakers, project] = [under().caller(), aProject()];

    const answers = [];
    for (let i = 0; i < 5; i++) answers.push(await failed(breakers, project));

    const opening = { transition: 'circuit_opened', epoch: 1 };
    expect(answers).toEqual([{ epoch: 0 }, { epoch: 0 }, opening, { epoch: 1 }, { epoch: 1 }]);
    const { permit, epoch } = await breakers.permit(project, 'graph', 'a');
    expect(permit).toEqual({
      allowed: false,
      dependency: 'graph',
      retry_at: at(under().time.now + open_ms + MARGIN_MS),
    });
    expect(epoch).toBe(1);
  });

  it('of ten callers at once open it once', async () => {
    const [breakers, project] = [under().caller(), aProject()];

    const answers = await Promise.all(Array.from({ length: 10 }, () => failed(breakers, project)));

    expect(answers.filter(({ transition }) => transition)).toHaveLength(1);
    expect(await graphOf(breakers, project)).toMatchObject({ state: 'open', epoch: 1 });
  });

  it('that opened a breaker do not open it again after it has closed, however late their reporter is', async () => {
    const { breakers, project, due } = await anOpenOne(under);
    under().time.now = due;
    await breakers.report(project, await probe(breakers, project, 'a'), 'succeeded');
    await failed(breakers, project);
    await failed(breakers, project);
    let [sent, goOn] = [0, () => {}];
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const slow = under().caller(undefined, async (send) => {
      if (++sent === 4) await held;
      return send();
    });

    const late = failed(slow, project);
    while (sent < 4) await new Promise((resolve) => setTimeout(resolve, 1));
    await failed(breakers, project);
    under().time.now += open_ms + MARGIN_MS;
    await breakers.report(project, await probe(breakers, project, 'b'), 'succeeded');
    goOn();

    expect(await late).toEqual({ epoch: 6 });
    expect(await graphOf(breakers, project)).toMatchObject({ state: 'closed', epoch: 6 });
  });

  it('do not count once they have left the window, and successes take none away', async () => {
    const [breakers, project] = [under().caller(), aProject()];
    await failed(breakers, project);
    await failed(breakers, project);
    await breakers.report(project, GRAPH, 'succeeded');
    expect(await graphOf(breakers, project)).toMatchObject({ state: 'closed', failures: 2 });

    under().time.now += window_ms + 10_000;

    expect(await graphOf(breakers, project)).toMatchObject({ state: 'closed', failures: 0 });
    expect(await failed(breakers, project)).toEqual({ epoch: 0 });
  });
};

const probeContract = (under: Under) => {
  it('are given to one of twenty, and not before their time', async () => {
    const { breakers, project, due } = await anOpenOne(under);
    const ask = () =>
      Promise.all(Array.from({ length: 20 }, (_, i) => breakers.permit(project, 'graph', `w${i}`)));

    under().time.now = due - 1;
    expect((await ask()).filter(({ permit }) => permit.allowed)).toEqual([]);
    under().time.now = due;
    const answers = await ask();

    const granted = answers.filter(({ permit }) => permit.allowed);
    expect(granted).toHaveLength(1);
    expect(granted[0]).toMatchObject({
      transition: 'circuit_half_open',
      epoch: 2,
      permit: { probe: { epoch: 2 } },
    });
    const until = at(due + probe_lease_ms);
    expect(await graphOf(breakers, project)).toMatchObject({
      state: 'half_open',
      epoch: 2,
      probe_until: until,
    });
  });

  it('close the breaker when they succeed, and what opened it is forgotten', async () => {
    const { breakers, project, due } = await anOpenOne(under);
    under().time.now = due;
    const permit = await probe(breakers, project, 'a');

    expect(await breakers.report(project, permit, 'succeeded')).toEqual({
      transition: 'circuit_closed',
      epoch: 3,
    });

    expect(await graphOf(breakers, project)).toEqual({
      dependency: 'graph',
      state: 'closed',
      epoch: 3,
      failures: 0,
      override: 'none',
    });
    expect(await failed(breakers, project)).toEqual({ epoch: 3 });
    expect((await breakers.permit(project, 'graph', 'b')).permit).toEqual(GRAPH);
  });

  it('open it for another minute when they fail', async () => {
    const { breakers, project, due } = await anOpenOne(under);
    under().time.now = due;
    const permit = await probe(breakers, project, 'a');

    expect(await breakers.report(project, permit, 'failed')).toEqual({
      transition: 'circuit_opened',
      epoch: 3,
    });

    expect(await graphOf(breakers, project)).toMatchObject({
      state: 'open',
      epoch: 3,
      open_until: at(due + open_ms),
    });
    await expect(probe(breakers, project, 'b')).rejects.toThrow('no probe');
  });

  it('whose owner dies are followed by another within the lease and the margin, whose end alone counts', async () => {
    const { breakers, project, due } = await anOpenOne(under);
    under().time.now = due;
    const dead = await probe(breakers, project, 'a');

    under().time.now = due + probe_lease_ms + MARGIN_MS;
    await expect(probe(breakers, project, 'a')).rejects.toThrow('no probe');
    under().time.now += 1;
    const next = await probe(breakers, project, 'a');

    expect(next.probe.epoch).toBe(dead.probe.epoch + 1);
    expect(await breakers.report(project, dead, 'succeeded')).toEqual({ epoch: next.probe.epoch });
    expect(await breakers.report(project, dead, 'failed')).toEqual({ epoch: next.probe.epoch });
    expect(await graphOf(breakers, project)).toMatchObject({ state: 'half_open', probe_owner: 'a' });
    expect(await breakers.report(project, next, 'succeeded')).toMatchObject({ transition: 'circuit_closed' });
  });

  it('are not disturbed by failures of calls from before', async () => {
    const { breakers, project, due } = await anOpenOne(under);
    under().time.now = due;
    const permit = await probe(breakers, project, 'a');

    await opened(breakers, project);

    expect(await breakers.report(project, permit, 'succeeded')).toEqual({
      transition: 'circuit_closed',
      epoch: 3,
    });
    expect(await graphOf(breakers, project)).toMatchObject({ state: 'closed', failures: 0 });
  });
};

const openingContract = (under: Under) => {
  it('is as old as the first opening, whatever its probes do, and ends when it closes', async () => {
    const { breakers, project, due } = await anOpenOne(under);
    const open_since = at(due - open_ms - MARGIN_MS);
    under().time.now = due;
    const first = await probe(breakers, project, 'a');
    const during = await graphOf(breakers, project);
    await breakers.report(project, first, 'failed');
    const again = await graphOf(breakers, project);
    under().time.now += open_ms + MARGIN_MS;
    await breakers.report(project, await probe(breakers, project, 'b'), 'succeeded');

    expect(during).toMatchObject({ state: 'half_open', open_since });
    expect(again).toMatchObject({ state: 'open', open_since });
    expect(await graphOf(breakers, project)).not.toHaveProperty('open_since');
  });

  it('by a person is as old as the override, and ends with it', async () => {
    const [breakers, project] = [under().caller(), aProject()];
    const held_open_since = at(under().time.now);
    await breakers.override(project, 'graph', 'open');
    under().time.now += 60_000;

    expect(await graphOf(breakers, project)).toMatchObject({ state: 'closed', held_open_since });
    expect(await breakers.override(project, 'graph', 'none')).not.toHaveProperty('held_open_since');
  });
};

const overrideContract = (under: Under) => {
  it('beat the state while they last, and freeze it', async () => {
    const { breakers, project, due } = await anOpenOne(under);

    expect(await breakers.override(project, 'graph', 'closed')).toMatchObject({
      override: 'closed',
      state: 'open',
      epoch: 1,
    });
    expect((await breakers.permit(project, 'graph', 'a')).permit).toEqual(GRAPH);
    await breakers.override(project, 'graph', 'open');
    under().time.now = due;
    expect((await breakers.permit(project, 'graph', 'a')).permit.allowed).toBe(false);
    await breakers.override(project, 'graph', 'none');

    expect(await probe(breakers, project, 'a')).toMatchObject({ probe: { owner: 'a', epoch: 2 } });
  });

  it('keep failures from opening a breaker that never moved', async () => {
    const [breakers, project] = [under().caller(), aProject()];
    await breakers.override(project, 'graph', 'closed');
    await opened(breakers, project);
    await breakers.override(project, 'graph', 'none');

    expect(await graphOf(breakers, project)).toMatchObject({ state: 'closed', epoch: 0, failures: 0 });
    await breakers.override(project, 'graph', 'open');
    expect(await breakers.permit(project, 'graph', 'a')).toMatchObject({
      permit: { allowed: false },
      epoch: 0,
    });
  });
};

const skewContract = (under: Under) => {
  it('by 5 s either way never probe side by side in one epoch, and delay recovery by no more than they differ', async () => {
    const { caller, time } = under();
    for (const opener of [-5_000, 5_000]) {
      const project = aProject();
      await opened(
        caller(() => opener),
        project,
      );
      const began = time.now;

      const elected: { at: number; epoch: number }[] = [];
      for (; elected.length < 3 && time.now - began < 300_000; time.now += 500)
        for (const skew of [-5_000, 5_000]) {
          const { permit } = await caller(() => skew).permit(project, 'graph', `${skew}`);
          if (permit.allowed && permit.probe) elected.push({ at: time.now, epoch: permit.probe.epoch });
        }

      expect(elected.map(({ epoch }) => epoch)).toEqual([2, 3, 4]);
      const [a = 0, b = 0, c = 0] = elected.map((one) => one.at - began);
      expect(a).toBeGreaterThan(open_ms + MARGIN_MS - 10_000 - 500);
      for (const gap of [b - a, c - b]) {
        expect(gap).toBeGreaterThan(probe_lease_ms + MARGIN_MS - 10_000 - 500);
        expect(gap).toBeLessThan(probe_lease_ms + MARGIN_MS + 10_000 + 500);
      }
    }
  });
};

const step = fc.record({
  wait: fc.constantFrom(0, 0, 1_000, 20_000, 35_000, 62_000),
  hold: fc.constantFrom(0, 0, 1_000, 32_000),
  end: fc.constantFrom('succeeded' as const, 'failed' as const, 'failed' as const, 'dies' as const),
});
type Steps = { wait: number; hold: number; end: 'succeeded' | 'failed' | 'dies' }[];
const actor = fc.record({
  skew: fc.integer({ min: -5_000, max: 5_000 }),
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
});
const actors = fc.tuple(actor, actor, actor);
const orders = fc.array(fc.nat(2), { minLength: 20, maxLength: 40 });

/** Lets one actor go on at a time: once all others wait or have ended, `choices` says whose request is next. */
const turnstile = (choices: number[], count: number) => {
  const waiting = new Map<number, () => void>();
  const left = [...choices];
  let busy = count;
  const leave = () => {
    busy--;
    if (busy > 0 || waiting.size === 0) return;
    const ids = [...waiting.keys()].sort();
    const id = ids[(left.shift() ?? 0) % ids.length] ?? 0;
    const goOn = waiting.get(id);
    waiting.delete(id);
    busy++;
    goOn?.();
  };
  const pass = async (id: number, send: () => Promise<unknown>) => {
    await new Promise<void>((resolve) => {
      waiting.set(id, resolve);
      leave();
    });
    return send();
  };
  return { pass, leave };
};

/** What the callers were told. */
interface Story {
  probes: number[];
  ends: { probe: number; epoch: number; transition?: Transition }[];
  transitions: { transition: Transition; epoch: number }[];
}

/** One caller: asks, holds its leave for a while, and reports how it ended, unless it dies before. */
const act = async (
  breakers: Breakers,
  owner: string,
  steps: Steps,
  time: { now: number },
  project: string,
  story: Story,
) => {
  const note = ({ transition, epoch }: { transition?: Transition; epoch: number }) =>
    transition && story.transitions.push({ transition, epoch });
  for (const { wait, hold, end } of steps) {
    time.now += wait;
    const { permit, ...answer } = await breakers.permit(project, 'graph', owner);
    note(answer);
    if (!permit.allowed) continue;
    if (permit.probe) story.probes.push(permit.probe.epoch);
    time.now += hold;
    if (end === 'dies') continue;
    const ended = await breakers.report(project, permit, end);
    note(ended);
    if (permit.probe) story.ends.push({ probe: permit.probe.epoch, ...ended });
  }
};

const BEFORE: Record<Transition, (Transition | undefined)[]> = {
  circuit_opened: [undefined, 'circuit_closed', 'circuit_half_open'],
  circuit_half_open: ['circuit_opened', 'circuit_half_open'],
  circuit_closed: ['circuit_half_open'],
};

const expectKept = ({ probes, ends, transitions }: Story) => {
  expect(new Set(probes).size).toBe(probes.length);
  for (const { probe, epoch, transition } of ends) {
    if (transition) expect(epoch).toBe(probe + 1);
    else expect(epoch).toBeGreaterThan(probe);
  }
  const inOrder = transitions.toSorted((a, b) => a.epoch - b.epoch);
  expect(inOrder.map(({ epoch }) => epoch)).toEqual(inOrder.map((_, i) => i + 1));
  for (const [i, { transition }] of inOrder.entries())
    expect(BEFORE[transition]).toContain(inOrder[i - 1]?.transition);
};

/**
 * Three callers with clocks up to 5 s off, whose every request to the store may come before or after any other's:
 * each epoch has one probe, only its owner ends it, and epochs grow by one with each transition.
 */
const modelContract = async (under: Under) => {
  const { caller, time } = under();
  const gates = [0, 1, 2].map(() => ({ skew: 0, pass: ((send) => send()) as Pass }));
  const callers = gates.map((gate) =>
    caller(
      () => gate.skew,
      (send) => gate.pass(send),
    ),
  );
  const met = { half_open: 0, closed: 0, taken_over: 0, late: 0 };

  await fc.assert(
    fc.asyncProperty(actors, orders, async (scripts, choices) => {
      const [project, story] = [aProject(), { probes: [], ends: [], transitions: [] } as Story];
      await opened(caller(), project);
      story.transitions.push({ transition: 'circuit_opened', epoch: 1 });
      const { pass, leave } = turnstile(choices, scripts.length);
      const acts = scripts.map(async ({ skew, steps }, id) => {
        Object.assign(gates[id] ?? {}, { skew, pass: (send: () => Promise<unknown>) => pass(id, send) });
        await act(callers[id] as Breakers, `w${id}`, steps, time, project, story).finally(leave);
      });
      await Promise.all(acts);

      expectKept(story);
      expect(await graphOf(caller(), project)).toMatchObject({ epoch: story.transitions.length });
      met.half_open += story.probes.length;
      met.closed += story.transitions.filter(({ transition }) => transition === 'circuit_closed').length;
      met.taken_over += story.probes.filter((epoch) => story.probes.includes(epoch + 1)).length;
      met.late += story.ends.filter(({ transition }) => !transition).length;
    }),
    { numRuns: affordable(30, 200) },
  );

  // Few runs may well miss one of these by chance.
  for (const count of Object.values(met)) expect(count).toBeGreaterThanOrEqual(affordable(0, 6));
};
