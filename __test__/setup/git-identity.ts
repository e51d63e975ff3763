// Commits of the tests have an identity of their own, and nothing of whoever runs them.
process.env.GIT_CONFIG_GLOBAL = '/dev/null'
process.env.GIT_CONFIG_NOSYSTEM = '1'
process.env.GIT_AUTHOR_NAME = 'Ada Lovelace'
process.env.GIT_AUTHOR_EMAIL = 'ada@example.org'
process.env.GIT_COMMITTER_NAME = 'Ada Lovelace'
process.env.GIT_COMMITTER_EMAIL = 'ada@example.org'
