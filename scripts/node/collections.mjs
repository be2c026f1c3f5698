// Makes a Postman and a Bruno collection: node collections.mjs openapi.json postman.json bruno.json
// Both get one request per documented request, every documented answer as a saved one, ids that are the same each time,
// credentials as variables, redirects off, and an address on loopback: nobody issues coupons by opening a file.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
const { openApiToBruno } = require('@usebruno/converters');
const { collectionSchema } = require('@usebruno/schema');
const toPostman = promisify(require('openapi-to-postmanv2').convert);

const [source, postmanFile, brunoFile] = process.argv.slice(2);
const text = readFileSync(source, 'utf8');
const resolve = (doc, node) => (node.$ref ? node.$ref.slice(2).split('/').reduce((at, key) => at[key], doc) : node);
const document = JSON.parse(text);
const issue = document.paths['/v2/coupon/issue/multiple'].post;
const values = (content) =>
  Object.entries(content['application/json'].examples).map(([key, node]) => ({ key, ...resolve(document, node) }));
const REQUESTS = values(issue.requestBody.content);
const ANSWERS = values(issue.responses['200'].content);
const md5 = (value) => createHash('md5').update(value).digest('hex'); // as the API wants it; the sandbox's is public
const VARIABLES = { baseUrl: 'http://127.0.0.1:8080', tillUser: 'till.sandbox', tillPasswordMd5: md5('sandbox-password') };
const pretty = (value) => JSON.stringify(value, null, 2);
const digest = (name) => createHash('sha256').update(name).digest('hex');
const uuid = (name) => digest(name).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-5$3-8$4-$5');

function named(node, path, ids, make) {
  if (Array.isArray(node)) return node.map((item, index) => named(item, `${path}/${index}`, ids, make));
  if (node === null || typeof node !== 'object') return node;
  const fixed = Object.entries(node).map(([key, value]) =>
    [key, ids.includes(key) && typeof value === 'string' ? make(path, key) : named(value, `${path}/${key}`, ids, make)]);
  return Object.fromEntries(fixed);
}

const itemOf = (example) => example.replace(/\/examples\/\d+$/, '');

function perExample(folders, split) {
  return folders.map((folder) => ({ ...folder, [split.key]: folder[split.key].flatMap(split.item) }));
}

function postmanItem(item) {
  item.protocolProfileBehavior = { followRedirects: false };
  item.request.auth = undefined;
  if (item.name !== issue.summary) return [item];
  const [first] = item.response;
  const answers = ANSWERS.map((one) => ({ ...first, name: one.summary, body: pretty(one.value) }));
  return REQUESTS.map((one) => {
    const request = { ...item.request, name: one.summary, body: { ...item.request.body, raw: pretty(one.value) } };
    return { ...item, name: one.summary, request, response: [...answers, ...item.response.slice(1)] };
  });
}

function brunoItem(item) {
  item.settings = { ...item.settings, followRedirects: false, maxRedirects: 0 };
  if (item.name !== issue.summary) return [item];
  const shell = item.examples[0];
  const answers = ANSWERS.map((one) => {
    const response = { ...shell.response, body: { type: 'json', content: pretty(one.value) } };
    return { ...shell, name: one.summary, response };
  });
  return REQUESTS.map((one) => {
    const body = { ...item.request.body, json: pretty(one.value) };
    return { ...item, name: one.summary, request: { ...item.request, body }, examples: answers };
  });
}

async function postman() {
  const options = { folderStrategy: 'Tags', requestParametersResolution: 'Example', exampleParametersResolution: 'Example' };
  const found = await toPostman({ type: 'json', data: JSON.parse(text) }, options);
  if (!found.result) throw new Error(found.reason);
  const made = found.output[0].data;
  made.item = perExample(made.item, { key: 'item', item: postmanItem });
  made.variable = Object.entries(VARIABLES).map(([key, value]) => ({ key, value, type: 'string' }));
  const basic = { username: '{{tillUser}}', password: '{{tillPasswordMd5}}' };
  made.auth = { type: 'basic', basic: Object.entries(basic).map(([key, value]) => ({ key, value, type: 'string' })) };
  return named(JSON.parse(JSON.stringify(made)), 'postman', ['id', '_postman_id'], uuid);
}

async function bruno() {
  const made = await openApiToBruno(JSON.parse(text));
  made.items = perExample(made.items, { key: 'items', item: brunoItem });
  const basic = { username: '{{tillUser}}', password: '{{tillPasswordMd5}}' };
  made.root = { request: { auth: { mode: 'basic', basic } } };
  const variables = Object.entries(VARIABLES).map(([name, value]) => ({ uid: '', name, value, type: 'text', enabled: true, secret: false }));
  made.environments = [{ uid: '', name: 'sandbox', variables }];
  const fixed = named(made, 'bruno', ['uid', 'itemUid'], (path, key) => digest(key === 'uid' ? path : itemOf(path)).slice(0, 21));
  await collectionSchema.validate(fixed, { abortEarly: false }); // as Bruno does when it imports
  return fixed;
}

writeFileSync(postmanFile, pretty(await postman()) + '\n');
writeFileSync(brunoFile, pretty(await bruno()) + '\n');
