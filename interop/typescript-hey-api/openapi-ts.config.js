import { defineConfig } from "@hey-api/openapi-ts";

export default defineConfig({
  output: { path: "build/client", module: { extension: ".js" } },
  plugins: ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
});
