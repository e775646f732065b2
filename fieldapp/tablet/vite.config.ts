import preact from "@preact/preset-vite";
import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";

const manifest = {
  id: "/field/",
  name: "fieldapp – site work",
  short_name: "fieldapp",
  description: "Checklists, photos and signatures for commissioning, with or without network.",
  lang: "en",
  start_url: "/field/",
  scope: "/field/",
  display: "standalone" as const,
  orientation: "any" as const,
  background_color: "#ffffff",
  theme_color: "#0d2233",
  icons: [
    { src: "icon-192.png", sizes: "192x192", type: "image/png", purpose: "any" },
    { src: "icon-512.png", sizes: "512x512", type: "image/png", purpose: "any" },
    { src: "icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
  ],
};

export default defineConfig({
  base: "/field/",
  plugins: [
    preact(),
    VitePWA({
      strategies: "injectManifest",
      srcDir: "src",
      filename: "sw.ts",
      injectRegister: false,
      manifest,
      includeManifestIcons: false, // the glob below has them
      injectManifest: { globPatterns: ["**/*.{js,css,html,png,svg,webmanifest}"] },
    }),
  ],
  build: {
    outDir: "../static/tablet",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // The content policy allows no data: modules, and every asset must be precached by its own name.
    modulePreload: { polyfill: false },
  },
});
