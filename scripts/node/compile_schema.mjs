// Compiles the JSON Schema in a file with Ajv, everything strict and without formats, and fails on anything that it says: in the
// draft that the schema names, or else in its default draft 07 and in the later ones.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import Ajv2019 from 'ajv/dist/2019.js';
import Ajv2020 from 'ajv/dist/2020.js';

const schema = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const said = [];
const logger = { log: (...text) => said.push(text), warn: (...text) => said.push(text), error: (...text) => said.push(text) };
const drafts = schema.$schema ? [Ajv2020] : [Ajv, Ajv2019, Ajv2020];
for (const { default: Validator } of drafts) new Validator({ logger, strict: true }).compile(schema);
if (said.length) {
  console.error(said.map((text) => text.join(' ')).join('\n'));
  process.exit(1);
}
console.log('compiled');
