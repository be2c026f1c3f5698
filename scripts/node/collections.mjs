// Makes a Postman and a Bruno collection: node collections.mjs openapi.json schemas.json postman.json bruno-folder
// Both get one request per documented request, a refusal and a 401, every documented answer as a saved one, assertions
// (collection_checks.js), credentials and data of the sandbox as variables, redirects off, and an address on loopback:
// nobody issues coupons by opening a file. The requests that read back and revoke take the coupon that was issued last.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
const { openApiToBruno } = require('@usebruno/converters');
const { stringifyCollection, stringifyEnvironment, stringifyFolder, stringifyRequest } = require('@usebruno/filestore');
const toPostman = promisify(require('openapi-to-postmanv2').convert);

const [source, schemasFile, postmanFile, brunoFolder] = process.argv.slice(2);
const text = readFileSync(source, 'utf8');
const schemas = readFileSync(schemasFile, 'utf8');
const checks = readFileSync(new URL('collection_checks.js', import.meta.url), 'utf8');
const resolve = (doc, node) => (node.$ref ? node.$ref.slice(2).split('/').reduce((at, key) => at[key], doc) : node);
const document = JSON.parse(text);
const issue = document.paths['/v2/coupon/issue/multiple'].post;
const values = (content) =>
  Object.entries(content['application/json'].examples).map(([key, node]) => ({ key, ...resolve(document, node) }));
const md5 = (value) => createHash('md5').update(value).digest('hex'); // as the API wants it; the sandbox's is public
const pretty = (value) => JSON.stringify(value, null, 2);
const digest = (name) => createHash('sha256').update(name).digest('hex');
const uuid = (name) => digest(name).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-5$3-8$4-$5');

const NO_AUTHENTICATION = 'Get an access token';
const WRONG_PASSWORD = md5('not the password');
const CREDENTIALS = { tillUser: 'till.sandbox', tillPasswordMd5: md5('sandbox-password') };
const CLIENT = { clientKey: 'sandbox-key', clientSecret: 'sandbox-secret' };
const DATA = {
  seriesId: '415446',
  genericSeriesId: '18426',
  mobile: '11223569865',
  email: 'Tomhills@captech.com',
  externalId: '3873472',
};
const VARIABLES = { baseUrl: 'http://127.0.0.1:8080', ...CREDENTIALS, ...CLIENT, ...DATA };
const DOCUMENTED = values(issue.requestBody.content);
const [{ value: FIRST }] = DOCUMENTED;
const REQUESTS = [
  ...DOCUMENTED,
  { summary: 'Refused: more coupons than one request may ask for, 677', value: { ...FIRST, count: 501 } },
  { summary: '401: the password is wrong', value: FIRST, password: WRONG_PASSWORD },
];
const ANSWERS = values(issue.responses['200'].content);
const REVOKED = { couponSeriesId: '{{couponSeriesId}}', couponCodes: ['{{couponCode}}'] };
const QUERIES = {
  'Read issued coupons back': { couponIds: '{{couponId}}', couponCodes: '{{couponCode}}', coupon_code_case: 'AS_IT_IS' },
  "List a customer's coupons": { id: '{{customerId}}', coupon_code_case: 'AS_IT_IS', sort_order: 'DESC', limit: '100', offset: '0' },
};
const BODIES = {
  'Revoke coupons': pretty(REVOKED).replace('"{{couponSeriesId}}"', '{{couponSeriesId}}'),
  'Get an access token': pretty({ key: '{{clientKey}}', secret: '{{clientSecret}}' }),
};

/** The body of a documented request, with variables in place of the documented data. */
function withVariables(value) {
  return Object.entries(DATA).reduce((body, [name, data]) => {
    const number = body.replaceAll(new RegExp(`: ${data}(?=[,\n])`, 'g'), `: {{${name}}}`);
    return number.replaceAll(`"${data}"`, `"{{${name}}}"`);
  }, pretty(value));
}

function named(node, path, ids, make) {
  if (Array.isArray(node)) return node.map((item, index) => named(item, `${path}/${index}`, ids, make));
  if (node === null || typeof node !== 'object') return node;
  const fixed = Object.entries(node).map(([key, value]) =>
    [key, ids.includes(key) && typeof value === 'string' ? make(path, key) : named(value, `${path}/${key}`, ids, make)]);
  return Object.fromEntries(fixed);
}

function perExample(folders, split) {
  return folders.map((folder) => ({ ...folder, [split.key]: folder[split.key].flatMap(split.item) }));
}

/** The program of assertions: the checks, and how this tool is asked (adapter: lines of an object literal). */
const program = (adapter) => `${checks}\ncheck({ schemas: ${schemas.trim()}, ${adapter} }, test, expect);\n`;

const OF_POSTMAN = [
  'name: pm.info.requestName, url: pm.request.url.toString(), status: pm.response.code',
  "type: pm.response.headers.get('Content-Type') || '', text: pm.response.text()",
  "sent: pm.request.body ? pm.variables.replaceIn(pm.request.body.raw || '') : ''",
  'get: (name) => pm.variables.get(name), set: (name, value) => pm.collectionVariables.set(name, value)',
].join(', ');
const OF_BRUNO = [
  "name: req.getName(), url: req.getUrl(), status: res.getStatus(), type: String(res.getHeader('content-type') || '')",
  "text: typeof res.getBody() === 'string' ? res.getBody() : JSON.stringify(res.getBody())",
  "sent: typeof req.getBody() === 'string' ? req.getBody() : JSON.stringify(req.getBody() || '')",
  'get: (name) => bru.getVar(name), set: (name, value) => bru.setVar(name, value)',
].join(', ');

function basicOfPostman(username, password) {
  const basic = Object.entries({ username, password }).map(([key, value]) => ({ key, value, type: 'string' }));
  return { type: 'basic', basic };
}

function postmanItem(item) {
  item.protocolProfileBehavior = { followRedirects: false };
  item.request.auth = item.name === NO_AUTHENTICATION ? { type: 'noauth' } : undefined;
  const query = QUERIES[item.name];
  if (query) {
    const known = item.request.url.query.filter(({ key }) => key in query);
    item.request.url.query = known.map((parameter) => ({ ...parameter, value: query[parameter.key] }));
  }
  if (item.name in BODIES) item.request.body.raw = BODIES[item.name];
  if (item.name !== issue.summary) return [item];
  const [first] = item.response;
  const answers = ANSWERS.map((one) => ({ ...first, name: one.summary, body: pretty(one.value) }));
  return REQUESTS.map((one) => {
    const auth = one.password && basicOfPostman('{{tillUser}}', one.password);
    const body = { ...item.request.body, raw: withVariables(one.value) };
    const request = { ...item.request, name: one.summary, auth, body };
    return { ...item, name: one.summary, request, response: [...answers, ...item.response.slice(1)] };
  });
}

function brunoItem(item) {
  item.settings = { ...item.settings, followRedirects: false, maxRedirects: 0 };
  if (item.name === NO_AUTHENTICATION) item.request.auth = { mode: 'none' };
  const query = QUERIES[item.name];
  if (query) {
    const known = item.request.params.filter(({ name }) => name in query);
    item.request.params = known.map((parameter) => ({ ...parameter, value: query[parameter.name] }));
    item.request.url += `?${known.map(({ name }) => `${name}=${query[name]}`).join('&')}`;
  }
  if (item.name in BODIES) item.request.body.json = BODIES[item.name];
  if (item.name !== issue.summary) return [item];
  const shell = item.examples[0];
  const answers = ANSWERS.map((one) => {
    const response = { ...shell.response, body: { type: 'json', content: pretty(one.value) } };
    return { ...shell, name: one.summary, response };
  });
  return REQUESTS.map((one) => {
    const basic = { username: '{{tillUser}}', password: one.password };
    const auth = one.password ? { mode: 'basic', basic } : item.request.auth;
    const body = { ...item.request.body, json: withVariables(one.value) };
    return { ...item, name: one.summary, request: { ...item.request, auth, body }, examples: answers };
  });
}

async function postman() {
  const options = { folderStrategy: 'Tags', requestParametersResolution: 'Example', exampleParametersResolution: 'Example' };
  const found = await toPostman({ type: 'json', data: JSON.parse(text) }, options);
  if (!found.result) throw new Error(found.reason);
  const made = found.output[0].data;
  made.item = perExample(made.item, { key: 'item', item: postmanItem });
  made.variable = Object.entries(VARIABLES).map(([key, value]) => ({ key, value, type: 'string' }));
  made.auth = basicOfPostman('{{tillUser}}', '{{tillPasswordMd5}}');
  const lines = `const test = pm.test, expect = pm.expect;\n${program(OF_POSTMAN)}`.split('\n');
  made.event = [{ listen: 'test', script: { type: 'text/javascript', exec: lines } }];
  return named(JSON.parse(JSON.stringify(made)), 'postman', ['id', '_postman_id'], uuid);
}

/** The files of the Bruno collection, by path. */
async function bruno() {
  const { name, items } = await openApiToBruno(JSON.parse(text));
  const folders = perExample(items, { key: 'items', item: brunoItem });
  const variables = Object.entries(VARIABLES).map(([key, value]) => ({ name: key, value, type: 'text', enabled: true, secret: false }));
  const basic = { username: '{{tillUser}}', password: '{{tillPasswordMd5}}' };
  const script = { req: 'req.disableParsingResponseJson(); // the checks read ids from the text\n' };
  const config = { version: '1', name, type: 'collection', ignore: ['node_modules', '.git'] };
  const root = { meta: { name }, request: { auth: { mode: 'basic', basic }, script, tests: program(OF_BRUNO) } };
  const files = {
    'bruno.json': pretty(config) + '\n',
    'collection.bru': stringifyCollection(root, config, { format: 'bru' }),
    'environments/sandbox.bru': stringifyEnvironment({ name: 'sandbox', variables }, { format: 'bru' }),
  };
  folders.forEach((folder, order) => {
    const meta = { name: folder.name, seq: order + 1 };
    files[`${folder.name}/folder.bru`] = stringifyFolder({ meta, request: { auth: { mode: 'inherit' } } }, { format: 'bru' });
    folder.items.forEach((item, number) => {
      const file = `${folder.name}/${String(number + 1).padStart(2, '0')} ${item.name.replace(/[^\w ,.-]/g, '')}.bru`;
      files[file] = stringifyRequest({ ...item, seq: number + 1 }, { format: 'bru' });
    });
  });
  return files;
}

writeFileSync(postmanFile, pretty(await postman()) + '\n');
for (const [name, content] of Object.entries(await bruno())) {
  const file = join(brunoFolder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
}
