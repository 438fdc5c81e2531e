import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';

/** What each folder may import, besides itself. An arrow that is not here fails the lint. */
const arrows = {
  contract: [],
  tensor: ['contract'],
  nn: ['contract', 'tensor'],
  learn: ['contract', 'tensor', 'nn', 'explore'],
  explore: ['contract', 'tensor'],
  images: ['contract'],
  project: ['contract'],
  jobs: ['contract', 'project'],
  export: ['contract', 'tensor', 'nn', 'learn'],
  services: ['contract', 'tensor', 'nn', 'learn', 'explore', 'images', 'project', 'jobs', 'export'],
  cli: ['contract', 'services'],
  engine: ['contract', 'services'],
  // The window's files and headers are the same whoever serves them.
  'window-files': ['contract'],
  serve: ['contract', 'engine', 'window-files'],
  main: ['contract', 'window-files'],
  preload: ['contract'],
};
const folders = Object.keys(arrows);

/** Typed linting of .ts and .svelte alike; the same list of extensions everywhere, else every switch reloads the program. */
const parserOptions = { projectService: true, tsconfigRootDir: import.meta.dirname, extraFileExtensions: ['.svelte'] };

export default tseslint.config(
  { ignores: ['node_modules', 'dist'] },
  {
    files: ['**/*.ts', '**/*.svelte'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  // After the rules for TypeScript, whose parser it replaces in components.
  ...svelte.configs.recommended.map((config) => ({
    ...config,
    files: config.files ?? ['renderer/**/*.svelte', 'renderer/**/*.svelte.ts'],
  })),
  ...Object.entries(arrows).map(([folder, allowed]) => ({
    files: [`electron/${folder}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: folders.filter((other) => other !== folder && !allowed.includes(other)).map((other) => `**/${other}/**`),
              message: `electron/${folder} may import only: ${[folder, ...allowed].join(', ')}.`,
            },
            ...(folder === 'main' || folder === 'preload'
              ? []
              : [{ regex: '^electron$', message: 'Only main and preload run in Electron.' }]),
            ...(folder === 'contract' ? [{ regex: '^(?!zod$|\\.)', message: 'electron/contract imports nothing but zod.' }] : []),
          ],
        },
      ],
    },
  })),
  {
    files: ['**/*.svelte'],
    languageOptions: { parserOptions: { ...parserOptions, parser: tseslint.parser } },
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'SvelteAttribute[key.name="style"]',
          message: 'The content security policy refuses inline styles; style: directives set properties and pass.',
        },
      ],
      // `void value` in an effect says what it depends on.
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // What a component gives its snippets and callbacks is known to svelte-check, which refuses any, but not to this parser.
      ...Object.fromEntries(
        ['argument', 'assignment', 'call', 'enum-assignment', 'member-access', 'return'].map((name) => [
          `@typescript-eslint/no-unsafe-${name}`,
          'off',
        ]),
      ),
      '@typescript-eslint/restrict-plus-operands': 'off',
      'svelte/no-at-html-tags': 'error',
      // Props are let by design, and a bindable default is assigned from outside.
      'prefer-const': 'off',
    },
  },
  {
    files: ['**/*.svelte.ts'],
    languageOptions: { parserOptions: { ...parserOptions, parser: tseslint.parser } },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    // Sets and maps are replaced whole behind $state.raw, or live within one call; proxies around large ones would cost what they save.
    rules: { 'svelte/prefer-svelte-reactivity': 'off' },
  },
  {
    files: ['renderer/**/*.ts', 'renderer/**/*.svelte'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: 'electron/(?!contract/)', message: 'renderer imports nothing of electron/ but the contract.' },
            { regex: '^node:|^electron$', message: 'renderer runs in a sandbox: no Node, no Electron.' },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
