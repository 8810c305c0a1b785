/** A process that builds an image and says at which stage it is, until it is killed. */
import { ensureBaseImage } from "../../lab/host/machine/baseImage.ts";
import type { ImageRecipe } from "../../lab/host/machine/imageRecipe.ts";

process.once("message", (message) => {
  const { cacheDir, recipe } = message as { readonly cacheDir: string; readonly recipe: ImageRecipe };
  void ensureBaseImage(
    cacheDir,
    { note: () => undefined, step: (_title, work) => work((stage) => process.send?.(stage)) },
    recipe,
  );
});
