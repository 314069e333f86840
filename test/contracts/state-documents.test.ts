import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedCursors } from '../../shared/adapters/cursors.ts';
import type { TableHandle } from '../../shared/adapters/dynamodb-client.ts';
import { dynamoDocuments } from '../../shared/adapters/dynamodb-documents.ts';
import { dynamoProjects } from '../../shared/adapters/dynamodb-projects.ts';
import { dynamoQuarantine } from '../../shared/adapters/dynamodb-quarantine.ts';
import { unborn } from '../../shared/domain/document.ts';
import { UnavailableError } from '../../shared/errors.ts';
import { closeWith } from '../../shared/operations/close-with.ts';
import { testClock } from '../support/clock.ts';
import { documentsContract } from './documents.ts';
import {
  aManifest,
  anOpening,
  aProject,
  later,
  reserved,
  START,
  standing,
  written,
} from './documents-builders.ts';
import { lagging, losingAnswers, through } from './interfering.ts';
import { projectsContract } from './projects.ts';
import { quarantineContract } from './quarantine.ts';
import { type FreshTables, freshTables } from './tables.ts';

const name = process.env.AWS_ENDPOINT_URL_DYNAMODB ? 'DynamoDB' : 'dynalite';
const optionsOn = (table: TableHandle, clock = testClock(Date.parse(START))) => ({
  ...table,
  clock,
  cursors: signedCursors('secret of the tests'),
});

documentsContract(name, async () => {
  const { state, stop } = await freshTables();
  return { documents: dynamoDocuments(optionsOn(state)), stop };
});

projectsContract(name, async () => {
  const { state, stop } = await freshTables();
  return { projects: dynamoProjects(optionsOn(state)), stop };
});

quarantineContract(name, async () => {
  const { state, stop } = await freshTables();
  const clock = testClock(Date.parse(START));
  return { quarantine: dynamoQuarantine(optionsOn(state, clock)), advance: clock.advance, stop };
});

describe('documents in the State table', () => {
  let tables: FreshTables;
  const documents = () => dynamoDocuments(optionsOn(tables.state));
  /** Where requests of one kind never reach the table. */
  const unanswered = (kind: 'Update' | 'Query') =>
    dynamoDocuments(
      optionsOn(
        through(tables.state, (command, send) =>
          command.startsWith(kind) ? Promise.reject(new Error('no answer')) : send(),
        ),
      ),
    );
  beforeAll(async () => {
    tables = await freshTables();
  });
  afterAll(() => tables?.stop());

  const manifestItems = async (project: string) => {
    const command = new ScanCommand({ TableName: tables.state.tableName, ConsistentRead: true });
    const { Items = [] } = await tables.client.send(command);
    return Items.filter((item) => String(item.pk).startsWith(`manifest#${project}#`));
  };

  it('takes each step once, though the answer to it is lost and the client asks again', async () => {
    const project = aProject();
    const step = () => dynamoDocuments(optionsOn(losingAnswers(tables.state, /^Update/)));
    const opening = anOpening();
    const manifest = aManifest(2, 3);

    const head = await step().reserve(unborn(project, 'a.md'), opening);
    expect(head.open).toEqual({ ...opening, version: 1 });
    const raised = await step().raise(head);
    expect(raised.open.version).toBe(2);
    expect(await step().decide(raised, 'abort')).toBe('abort');
    const closed = await closeWith(step(), raised, later(5), { manifest, state: 'present' });

    expect(closed).toMatchObject({ head: 2, committed: 2, closed_at: later(5) });
    expect(await documents().head(project, 'a.md')).toEqual(closed);
    expect(await documents().manifest(closed)).toEqual(manifest);
  });

  it('finds a manifest that was stored a moment ago, of which a read at half the price knows nothing yet', async () => {
    const project = aProject();
    const { head, manifest } = await written(documents(), project, 'a.md');

    const behind = dynamoDocuments(optionsOn(lagging(tables.state)));

    expect(await behind.manifest(head)).toEqual(manifest);
    const { items } = await behind.listManifests(project, { limit: 10 });
    expect(items).toEqual([{ head, manifest }]);
  });

  it('says that a step is unknown when every answer is lost, and knows it when the caller asks again', async () => {
    const project = aProject();
    const deaf = () => dynamoDocuments(optionsOn(losingAnswers(tables.state, /^Update/, 99)));
    const opening = anOpening();

    await expect(deaf().reserve(unborn(project, 'a.md'), opening)).rejects.toThrow(UnavailableError);
    const head = await documents().reserve(unborn(project, 'a.md'), opening);
    await expect(deaf().raise(head)).rejects.toThrow(UnavailableError);
    const raised = await documents().raise(head);
    await expect(deaf().decide(raised, 'commit')).rejects.toThrow(UnavailableError);
    expect(await documents().decide(raised, 'commit')).toBe('commit');
    await expect(deaf().close(raised, later(5))).rejects.toThrow(UnavailableError);
    const closed = await documents().close(raised, later(9));

    expect(closed).toEqual({ ...unborn(project, 'a.md'), head: 2, closed_at: later(5) });
    expect(await standing(documents(), project, 'a.md')).toEqual(closed);
  });

  it('still shows the old manifest when a writer died between the manifest and the head', async () => {
    const project = aProject();
    const first = await written(documents(), project, 'a.md', 3);
    const open = await reserved(documents(), project, 'a.md');
    const late = { manifest: aManifest(2, 15_000), state: 'present' as const };
    await expect(closeWith(unanswered('Update'), open, later(5), late)).rejects.toThrow(UnavailableError);

    expect((await manifestItems(project)).length).toBeGreaterThan(1);
    expect(await documents().manifest(open)).toEqual(first.manifest);
    await documents().close(open, later(9));
    expect(await documents().manifest(open)).toEqual(first.manifest);
  });

  it('keeps one manifest a document, also after deaths', async () => {
    const project = aProject();
    await written(documents(), project, 'a.md', 15_000);
    const dead = await reserved(documents(), project, 'a.md');
    const late = { manifest: aManifest(2, 15_000), state: 'present' as const };
    await closeWith(unanswered('Update'), dead, later(5), late).catch(() => undefined);
    await documents().close(dead, later(9));

    const { head, manifest } = await written(documents(), project, 'a.md', 3);

    expect(await manifestItems(project)).toHaveLength(1);
    expect(await documents().manifest(head)).toEqual(manifest);
  });

  it('commits although the manifests of before can’t be listed, and sweeps them at the next commit', async () => {
    const project = aProject();
    await written(documents(), project, 'a.md', 3);
    const open = await reserved(documents(), project, 'a.md');
    const second = { manifest: aManifest(2, 2), state: 'present' as const };
    const head = await closeWith(unanswered('Query'), open, later(5), second);

    expect(await documents().manifest(head)).toEqual(second.manifest);
    expect(await manifestItems(project)).toHaveLength(2);
    await written(documents(), project, 'a.md', 4);
    expect(await manifestItems(project)).toHaveLength(1);
  });

  it('names no manifest that was only kept', async () => {
    const project = aProject();
    const { manifest } = await written(documents(), project, 'a.md', 3);
    const open = await reserved(documents(), project, 'a.md');

    await documents().keep(open, aManifest(2, 2));

    expect(await documents().manifest(open)).toEqual(manifest);
    expect(await documents().manifest(await documents().close(open, later(5)))).toEqual(manifest);
  });

  it('reads the manifest that replaces one while its name is being read', async () => {
    const project = aProject();
    const { head } = await written(documents(), project, 'a.md', 3);
    let commits = 0;
    const slow = through(tables.state, async (command, send) => {
      const answer = await send();
      if (command.startsWith('BatchGet') && commits++ < 2) await written(documents(), project, 'a.md', 3);
      return answer;
    });

    const manifest = await dynamoDocuments(optionsOn(slow)).manifest(head);

    expect(manifest).toEqual(await documents().manifest(head));
    expect(manifest.version).toBe(3);
  });

  it('lists the manifest that replaces one which was swept after its head was listed', async () => {
    const project = aProject();
    const wanted = [
      await written(documents(), project, 'a.md', 3),
      await written(documents(), project, 'b.md'),
    ];
    let commits = 0;
    const slow = through(tables.state, async (command, send) => {
      const answer = await send();
      if (command.startsWith('Query') && commits++ === 0) await written(documents(), project, 'b.md', 4);
      return answer;
    });

    const { items } = await dynamoDocuments(optionsOn(slow)).listManifests(project, { limit: 10 });

    expect(items[0]).toEqual(wanted[0]);
    expect(items[1]?.manifest).toEqual(aManifest(2, 4, 'b.md'));
    expect(items).toHaveLength(2);
  });

  it('lists a document with its manifest for one request of each', async () => {
    const project = aProject();
    for (const path of ['a.md', 'b.md', 'c.md']) await written(documents(), project, path, 3);
    const before = tables.usage.requests;

    await documents().listManifests(project, { limit: 10 }, 0);

    expect(tables.usage.requests).toBeLessThanOrEqual(before + 2);
  });

  it('does not let a writer that comes back late change the manifest that settle has committed', async () => {
    const project = aProject();
    const lost = await reserved(documents(), project, 'a.md');
    const settled = { manifest: aManifest(1, 3, 'as settled'), state: 'present' as const };
    await closeWith(documents(), lost, later(5), settled);

    const late = closeWith(documents(), lost, later(9), {
      ...settled,
      manifest: aManifest(1, 3, 'as the writer has it'),
    });

    await expect(late).rejects.toMatchObject({ name: 'FencedError' });
    expect(await documents().manifest(lost)).toEqual(settled.manifest);
  });

  it('makes one request to reserve and one to close, of one unit for the table and one for the index', async () => {
    const before = { ...tables.usage };

    const head = await documents().reserve(unborn(aProject(), 'a.md'), anOpening());
    await documents().close(head, later(5));

    expect(tables.usage.requests).toBe(before.requests + 2);
    expect(tables.usage.read_units).toBe(before.read_units);
    expect(tables.usage.write_units).toBeLessThanOrEqual(before.write_units + 4);
  });

  it('ends an approval once, though the answer to it is lost', async () => {
    const project = aProject();
    const approval = {
      approval_id: 'a',
      scan_id: 's',
      plan_hash: 'h',
      reason: 'plan',
      since: START,
      verdicts: {},
      embedding_tokens: 0,
    };
    await dynamoProjects(optionsOn(tables.state)).requestApproval(project, approval);

    const projects = dynamoProjects(optionsOn(losingAnswers(tables.state, /^Update/)));

    expect(await projects.endApproval(project, 'a', 'h', 'approve')).toEqual({ outcome: 'ended', approval });
    const other = projects.endApproval(project, 'a', 'h', 'reject');
    await expect(other).rejects.toMatchObject({ code: 'approval_changed' });
  });
});
