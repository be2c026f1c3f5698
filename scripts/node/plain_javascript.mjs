// Prints a TypeScript file as JavaScript: the same text, without its types.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 };
process.stdout.write(ts.transpileModule(readFileSync(process.argv[2], 'utf8'), { compilerOptions }).outputText);
