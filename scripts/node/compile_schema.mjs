// Compiles the JSON Schema in a file with Ajv as it comes (strict, no formats), in its default draft 07 and in the later ones,
// and fails on anything that it says.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import Ajv2019 from 'ajv/dist/2019.js';
import Ajv2020 from 'ajv/dist/2020.js';

const schema = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const said = [];
const logger = { log: (...text) => said.push(text), warn: (...text) => said.push(text), error: (...text) => said.push(text) };
for (const { default: Validator } of [Ajv, Ajv2019, Ajv2020]) new Validator({ logger }).compile(schema);
if (said.length) {
  console.error(said.map((text) => text.join(' ')).join('\n'));
  process.exit(1);
}
console.log('compiled');
