import tseslint from 'typescript-eslint';

/** What each folder may import, besides itself. An arrow that is not here fails the lint. */
const arrows = {
  contract: [],
  tensor: ['contract'],
  nn: ['contract', 'tensor'],
  learn: ['contract', 'tensor', 'nn'],
  explore: ['contract', 'tensor'],
  images: ['contract'],
  project: ['contract'],
  jobs: ['contract', 'project'],
  export: ['contract', 'tensor', 'nn', 'learn'],
  services: ['contract', 'tensor', 'nn', 'learn', 'explore', 'images', 'project', 'jobs', 'export'],
  cli: ['contract', 'services'],
};
const folders = Object.keys(arrows);

export default tseslint.config(
  { ignores: ['node_modules', 'dist'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
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
            ...(folder === 'contract' ? [{ regex: '^(?!zod$|\\.)', message: 'electron/contract imports nothing but zod.' }] : []),
          ],
        },
      ],
    },
  })),
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
