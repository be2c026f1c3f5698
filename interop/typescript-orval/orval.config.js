import { defineConfig } from "orval";

const input = "../../openapi.yaml"; // `--input` is another
// The address is read when a call is made.
const output = { client: "fetch", baseUrl: { runtime: 'process.env["COUPON_URL"]' } };
const mutator = { path: "src/kept.ts", name: "kept", extension: ".js" };

export default defineConfig({
  defaults: { input, output: { ...output, target: "build/client/defaults.ts" } },
  kept: { input, output: { ...output, target: "build/client/kept.ts", override: { mutator } } },
});
