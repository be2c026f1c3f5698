// Prints what a reader of YAML 1.2 (core schema) takes a file for, as JSON: node read_yaml.mjs FILE
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const value = parse(readFileSync(process.argv[2], 'utf8'), { version: '1.2', schema: 'core', intAsBigInt: true });
const exact = (_, item) => (typeof item === 'bigint' ? JSON.rawJSON(String(item)) : item); // beyond 2^53 as well
console.log(JSON.stringify(value, exact));
