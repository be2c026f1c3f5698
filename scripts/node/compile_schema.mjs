// Compiles the JSON Schema in a file with Ajv as it comes (strict, no formats), and fails on anything that it says.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2020.js';

const said = [];
const logger = { log: (...text) => said.push(text), warn: (...text) => said.push(text), error: (...text) => said.push(text) };
new Ajv.default({ logger }).compile(JSON.parse(readFileSync(process.argv[2], 'utf8')));
if (said.length) {
  console.error(said.map((text) => text.join(' ')).join('\n'));
  process.exit(1);
}
console.log('compiled');
