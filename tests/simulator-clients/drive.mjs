// Drives a running simulator with published clients: node drive.mjs http://127.0.0.1:8089
// Both libraries check every answer against their own schemas and throw when it does not fit.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { createCloudClient, isApiError } from 'jira.js';
import { createV1Client, createV2Client } from 'confluence.js';

const host = process.argv[2];
assert.ok(host, 'usage: node drive.mjs <base address of the simulator>');
const auth = { type: 'basic', email: 'riq@example.com', apiToken: 'any' };
const version = (name) => createRequire(import.meta.url)(`${name}/package.json`).version;
const ADF = (text) => ({ type: 'doc', version: 1, content: [{ type: 'paragraph', content: [{ type: 'text', text }] }] });

let failed = 0;

async function step(name, run) {
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (error) {
    failed++;
    console.error(`failed: ${name}: ${error.stack}`, error.issues ?? error.body ?? '');
  }
}

const refusedWith = (status) => (error) => isApiError(error) && error.status === status;

async function driveJira() {
  const jira = createCloudClient({ host, auth, onSchemaMismatch: 'throw', retry: { maxRetries: 0 } });
  let key;

  await step('jira: who am I, server, project, types, priorities, fields', async () => {
    assert.equal((await jira.myself.getCurrentUser()).emailAddress, 'riq@example.com');
    assert.equal((await jira.serverInfo.getServerInfo()).deploymentType, 'Cloud');
    assert.equal((await jira.projects.getProject({ projectIdOrKey: 'MD' })).key, 'MD');
    assert.ok((await jira.projects.searchProjects()).values.some((p) => p.key === 'MD'));
    assert.ok((await jira.issueTypes.getIssueAllTypes()).some((t) => t.name === 'Epic'));
    assert.ok((await jira.issuePriorities.searchPriorities()).values.some((p) => p.name === 'Highest'));
    assert.ok((await jira.issueFields.getFields()).some((f) => f.id === 'summary'));
  });

  await step('jira: what a create needs', async () => {
    const { issueTypes } = await jira.issues.getCreateIssueMetaIssueTypes({ projectIdOrKey: 'MD' });
    const { fields } = await jira.issues.getCreateIssueMetaIssueTypeId({ projectIdOrKey: 'MD', issueTypeId: issueTypes[0].id });
    assert.ok(fields.some((f) => f.fieldId === 'summary' && f.required));
  });

  await step('jira: create', async () => {
    const created = await jira.issues.createIssue({
      fields: { project: { key: 'MD' }, issuetype: { name: 'Task' }, summary: 'By a client', description: ADF('hello'), labels: ['client'], priority: { name: 'High' }, parent: { key: 'MD-1' } },
      properties: [{ key: 'riq.request', value: { token: 'client-issue' } }],
    });
    key = created.key;
    assert.match(key, /^MD-\d+$/);
  });

  await step('jira: a create without a summary is refused', () =>
    assert.rejects(jira.issues.createIssue({ fields: { project: { key: 'MD' }, issuetype: { name: 'Task' } } }), refusedWith(400)));

  await step('jira: read, all fields', async () => {
    const issue = await jira.issues.getIssue({ issueIdOrKey: key, properties: ['riq.request'] });
    assert.equal(issue.fields.summary, 'By a client');
    assert.equal(issue.fields.parent.key, 'MD-1');
    assert.equal(issue.properties['riq.request'].token, 'client-issue');
  });

  await step('jira: update', async () => {
    await jira.issues.editIssue({ issueIdOrKey: key, fields: { summary: 'Changed' }, update: { labels: [{ add: 'more' }, { remove: 'client' }] } });
    const issue = await jira.issues.getIssue({ issueIdOrKey: key, fields: ['summary', 'labels'] });
    assert.deepEqual([issue.fields.summary, issue.fields.labels], ['Changed', ['more']]);
  });

  await step('jira: transition', async () => {
    const { transitions } = await jira.issues.getTransitions({ issueIdOrKey: key });
    await jira.issues.doTransition({ issueIdOrKey: key, transition: { id: transitions.find((t) => t.to.name === 'Done').id } });
    assert.equal((await jira.issues.getIssue({ issueIdOrKey: key, fields: ['status'] })).fields.status.name, 'Done');
  });

  await step('jira: comment', async () => {
    const added = await jira.issueComments.addComment({ issueIdOrKey: key, body: ADF('a comment'), properties: [{ key: 'riq.request', value: { token: 'client-comment' } }] });
    const { comments } = await jira.issueComments.getComments({ issueIdOrKey: key, orderBy: '-created', maxResults: 1 });
    assert.equal(comments[0].id, added.id);
    assert.equal((await jira.issueCommentProperties.getCommentProperty({ commentId: added.id, propertyKey: 'riq.request' })).value.token, 'client-comment');
  });

  await step('jira: search, page by page', async () => {
    const keys = [];
    for (let nextPageToken; ; ) {
      const page = await jira.issueSearch.searchAndReconsileIssuesUsingJqlPost({ jql: 'project = MD ORDER BY key', fields: ['summary', 'status'], maxResults: 9, nextPageToken });
      keys.push(...page.issues.map((i) => i.key));
      nextPageToken = page.nextPageToken;
      if (page.isLast || !nextPageToken) break;
    }
    assert.ok(keys.includes(key) && keys.includes('MD-1') && keys.includes('MD-20'));
    assert.equal(new Set(keys).size, keys.length);
    assert.ok((await jira.issueSearch.searchAndReconsileIssuesUsingJql({ jql: `key = ${key}`, fields: ['*all'] })).issues[0].fields.summary === 'Changed');
    await assert.rejects(jira.issueSearch.searchAndReconsileIssuesUsingJqlPost({ jql: 'order by key' }), refusedWith(400));
  });

  await step('jira: many at once', async () => {
    const fields = (summary) => ({ fields: { project: { key: 'MD' }, issuetype: { name: 'Bug' }, summary } });
    const { issues } = await jira.issues.createIssues({ issueUpdates: [fields('one'), fields('two')] });
    const fetched = await jira.issues.bulkFetchIssues({ issueIdsOrKeys: issues.map((i) => i.key), fields: ['summary'] });
    assert.deepEqual(fetched.issues.map((i) => i.fields.summary), ['one', 'two']);
  });

  await step('jira: properties', async () => {
    await jira.issueProperties.setIssueProperty({ issueIdOrKey: key, propertyKey: 'note', body: { a: 1 } });
    assert.deepEqual((await jira.issueProperties.getIssueProperty({ issueIdOrKey: key, propertyKey: 'note' })).value, { a: 1 });
  });

  await step('jira: delete', async () => {
    await jira.issues.deleteIssue({ issueIdOrKey: key, deleteSubtasks: 'true' });
    await assert.rejects(jira.issues.getIssue({ issueIdOrKey: key }), refusedWith(404));
  });
}

async function driveConfluence() {
  const v2 = createV2Client({ host, auth });
  const v1 = createV1Client({ host, auth });
  let id;

  const space = (await v2.space.getSpaces({ keys: ['MD'], limit: 1 })).results[0];
  const page = (title, more = {}) => ({ spaceId: space.id, status: 'current', title, parentId: space.homepageId, body: { representation: 'storage', value: `<p>${title}</p>` }, ...more });

  await step('confluence: create', async () => {
    const created = await v2.page.createPage({ body: page('Release notes') });
    id = Number(created.id);
    assert.equal(created.version.number, 1);
    await assert.rejects(v2.page.createPage({ body: page('RELEASE notes') }), (e) => e.status === 400);
  });

  await step('confluence: read by id and by title', async () => {
    const read = await v2.page.getPageById({ id, bodyFormat: 'storage' });
    assert.equal(read.body.storage.value, '<p>Release notes</p>');
    const found = await v2.page.getPages({ spaceId: [Number(space.id)], title: 'Release notes', status: ['current'] });
    assert.equal(found.results[0].id, String(id));
  });

  await step('confluence: update', async () => {
    const next = (number) => ({ id, body: { id: String(id), status: 'current', title: 'Release notes', body: { representation: 'storage', value: '<p>2</p>' }, version: { number, message: 'riq:client-update' } } });
    assert.equal((await v2.page.updatePage(next(2))).version.number, 2);
    await assert.rejects(v2.page.updatePage(next(2)), (e) => e.status === 409);
  });

  await step('confluence: children, properties, labels', async () => {
    const { results } = await v2.children.getChildPages({ id: Number(space.homepageId), limit: 250 });
    assert.ok(results.some((c) => c.id === String(id)));
    await v2.contentProperties.createPageProperty({ pageId: id, key: 'riq.request', value: { token: 'client-page' } });
    assert.equal((await v2.contentProperties.getPageContentProperties({ pageId: id, key: 'riq.request' })).results[0].value.token, 'client-page');
    await v1.contentLabels.addLabelsToContent({ id: String(id), body: [{ prefix: 'global', name: 'release' }] });
    assert.equal((await v2.label.getPageLabels({ id })).results[0].name, 'release');
  });

  await step('confluence: search', async () => {
    const found = await v1.search.searchByCQL({ cql: 'space = MD AND label = release AND type = page', limit: 5, expand: ['content.space'] });
    assert.equal(found.results[0].content.id, String(id));
    assert.equal(found.results[0].content.space.key, 'MD');
  });

  await step('confluence: delete', async () => {
    await v2.page.deletePage({ id });
    await assert.rejects(v2.page.getPageById({ id }), (e) => e.status === 404);
  });
}

console.log(`jira.js ${version('jira.js')}, confluence.js ${version('confluence.js')}, node ${process.version}`);
await driveJira();
await driveConfluence();
console.log(failed === 0 ? 'all steps passed' : `${failed} steps failed`);
process.exitCode = failed === 0 ? 0 : 1;
