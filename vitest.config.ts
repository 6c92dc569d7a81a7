import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,protocol,native,test,bench}/**/*.test.ts'],
    testTimeout: 30_000,
    pool: 'forks',
  },
});
