/**
 * TensorFlow.js with every gradient registered.
 *
 * The CommonJS build of tfjs-core that Node loads registers no gradients, and its ES modules import each other without
 * file extensions, which Node refuses. tfjs keeps its engine and registries on the global object, so loading the gradient
 * modules beside the CommonJS build, with a resolver that adds the extension, completes it. A bundler needs none of this.
 */
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';

if ((tf.getGradient('Conv2D') as tf.GradConfig | undefined) === undefined) {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (!specifier.startsWith('.') || !context.parentURL?.includes('/@tensorflow/tfjs-core/dist/')) return next(specifier, context);
      const url = new URL(specifier, context.parentURL).href;
      if (url.endsWith('.js')) return next(specifier, context);
      return next(existsSync(fileURLToPath(`${url}.js`)) ? `${specifier}.js` : `${specifier}/index.js`, context);
    },
  });
  try {
    await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
  } finally {
    hooks.deregister();
  }
}

// Silences the advice to install another backend; shape checks are unaffected.
tf.enableProdMode();

export { tf };
