import { defineConfig } from "vite";

/** Where a running `mimik app` listens, for `npm run dev`. */
const server = process.env.MIMIK_SERVER ?? "http://127.0.0.1:8464";

export default defineConfig({
  base: "./",
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    outDir: "../src/mimik/app/page",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      output: {
        // Plain names: the built page is committed, and the server answers with an ETag.
        entryFileNames: "assets/[name].js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/[name][extname]",
      },
    },
  },
  worker: { format: "es", rollupOptions: { output: { entryFileNames: "assets/[name].js" } } },
  server: {
    host: "127.0.0.1",
    proxy: { "/v1": { target: server, ws: true }, "/metrics": server },
  },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
} as Parameters<typeof defineConfig>[0]);
