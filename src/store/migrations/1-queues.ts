import type { Migration } from "../database.ts";

/** The first tables: the queues, agents, conversations and cards. */
export const migration: Migration = {
  sqlite: `CREATE TABLE updates (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     update_id INTEGER NOT NULL UNIQUE,
     lane TEXT NOT NULL,
     received_at INTEGER NOT NULL,
     body TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('pending', 'processing', 'done', 'failed')),
     attempts INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE INDEX updates_open ON updates (lane, seq)
     WHERE state IN ('pending', 'processing');

   CREATE TABLE agents (
     name TEXT PRIMARY KEY,
     directory TEXT NOT NULL,
     session_id TEXT,
     title TEXT NOT NULL,
     yolo INTEGER NOT NULL DEFAULT 0,
     state TEXT NOT NULL CHECK (state IN ('active', 'stopped')),
     created_at INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE conversations (
     key TEXT PRIMARY KEY,
     chat_id INTEGER NOT NULL,
     thread_id INTEGER,
     agent TEXT NOT NULL,
     used_at INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE prompts (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     update_id INTEGER NOT NULL UNIQUE,
     agent TEXT NOT NULL,
     conversation TEXT NOT NULL,
     operator INTEGER NOT NULL,
     chat_message_id INTEGER NOT NULL,
     text TEXT NOT NULL,
     sent_at INTEGER NOT NULL,
     state TEXT NOT NULL
       CHECK (state IN ('queued', 'delivering', 'running', 'done', 'failed', 'cancelled')),
     path TEXT CHECK (path IN ('tmux', 'api')),
     attempts INTEGER NOT NULL DEFAULT 0,
     attempted_at INTEGER,
     session_id TEXT,
     message_id TEXT NOT NULL,
     part_id TEXT NOT NULL,
     after_message_id TEXT,
     told_to_wait INTEGER NOT NULL DEFAULT 0,
     replied INTEGER NOT NULL DEFAULT 0,
     ended_at INTEGER
   ) STRICT;
   CREATE INDEX prompts_open ON prompts (agent, id)
     WHERE state IN ('queued', 'delivering', 'running');

   CREATE TABLE replies (
     id TEXT PRIMARY KEY,
     idempotency_key TEXT UNIQUE,
     agent TEXT,
     created_at INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE outbox (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     lane TEXT NOT NULL,
     method TEXT NOT NULL,
     payload TEXT NOT NULL,
     reply_id TEXT,
     state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'uncertain', 'failed')),
     attempts INTEGER NOT NULL DEFAULT 0,
     not_before INTEGER NOT NULL DEFAULT 0,
     created_at INTEGER NOT NULL,
     ended_at INTEGER,
     message_id INTEGER
   ) STRICT;
   CREATE INDEX outbox_open ON outbox (lane, id) WHERE state IN ('pending', 'sending', 'uncertain');
   CREATE INDEX outbox_reply ON outbox (reply_id) WHERE reply_id IS NOT NULL;

   CREATE TABLE cards (
     request_id TEXT PRIMARY KEY,
     kind TEXT NOT NULL CHECK (kind IN ('permission', 'question')),
     agent TEXT NOT NULL,
     conversation TEXT NOT NULL,
     operator INTEGER,
     request TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'closed')),
     chosen TEXT NOT NULL DEFAULT '[[]]',
     answer TEXT,
     outbox_id INTEGER NOT NULL DEFAULT 0,
     created_at INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE card_keys (
     key TEXT PRIMARY KEY,
     request_id TEXT NOT NULL REFERENCES cards (request_id) ON DELETE CASCADE,
     action TEXT NOT NULL,
     used_by INTEGER
   ) STRICT;

   CREATE TABLE settings (
     key TEXT PRIMARY KEY,
     value TEXT NOT NULL
   ) STRICT;`,

  postgres: `CREATE TABLE updates (
     seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     update_id BIGINT NOT NULL UNIQUE,
     lane TEXT NOT NULL,
     received_at BIGINT NOT NULL,
     body TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('pending', 'processing', 'done', 'failed')),
     attempts BIGINT NOT NULL DEFAULT 0
   );
   CREATE INDEX updates_open ON updates (lane, seq)
     WHERE state IN ('pending', 'processing');

   CREATE TABLE agents (
     name TEXT PRIMARY KEY,
     directory TEXT NOT NULL,
     session_id TEXT,
     title TEXT NOT NULL,
     yolo BIGINT NOT NULL DEFAULT 0,
     state TEXT NOT NULL CHECK (state IN ('active', 'stopped')),
     created_at BIGINT NOT NULL
   );

   CREATE TABLE conversations (
     key TEXT PRIMARY KEY,
     chat_id BIGINT NOT NULL,
     thread_id BIGINT,
     agent TEXT NOT NULL,
     used_at BIGINT NOT NULL
   );

   CREATE TABLE prompts (
     id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     update_id BIGINT NOT NULL UNIQUE,
     agent TEXT NOT NULL,
     conversation TEXT NOT NULL,
     operator BIGINT NOT NULL,
     chat_message_id BIGINT NOT NULL,
     text TEXT NOT NULL,
     sent_at BIGINT NOT NULL,
     state TEXT NOT NULL
       CHECK (state IN ('queued', 'delivering', 'running', 'done', 'failed', 'cancelled')),
     path TEXT CHECK (path IN ('tmux', 'api')),
     attempts BIGINT NOT NULL DEFAULT 0,
     attempted_at BIGINT,
     session_id TEXT,
     message_id TEXT NOT NULL,
     part_id TEXT NOT NULL,
     after_message_id TEXT,
     told_to_wait BIGINT NOT NULL DEFAULT 0,
     replied BIGINT NOT NULL DEFAULT 0,
     ended_at BIGINT
   );
   CREATE INDEX prompts_open ON prompts (agent, id)
     WHERE state IN ('queued', 'delivering', 'running');

   CREATE TABLE replies (
     id TEXT PRIMARY KEY,
     idempotency_key TEXT UNIQUE,
     agent TEXT,
     created_at BIGINT NOT NULL
   );

   CREATE TABLE outbox (
     id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     lane TEXT NOT NULL,
     method TEXT NOT NULL,
     payload TEXT NOT NULL,
     reply_id TEXT,
     state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'uncertain', 'failed')),
     attempts BIGINT NOT NULL DEFAULT 0,
     not_before BIGINT NOT NULL DEFAULT 0,
     created_at BIGINT NOT NULL,
     ended_at BIGINT,
     message_id BIGINT
   );
   CREATE INDEX outbox_open ON outbox (lane, id) WHERE state IN ('pending', 'sending', 'uncertain');
   CREATE INDEX outbox_reply ON outbox (reply_id) WHERE reply_id IS NOT NULL;

   CREATE TABLE cards (
     request_id TEXT PRIMARY KEY,
     kind TEXT NOT NULL CHECK (kind IN ('permission', 'question')),
     agent TEXT NOT NULL,
     conversation TEXT NOT NULL,
     operator BIGINT,
     request TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'closed')),
     chosen TEXT NOT NULL DEFAULT '[[]]',
     answer TEXT,
     outbox_id BIGINT NOT NULL DEFAULT 0,
     created_at BIGINT NOT NULL
   );
   CREATE TABLE card_keys (
     key TEXT PRIMARY KEY,
     request_id TEXT NOT NULL REFERENCES cards (request_id) ON DELETE CASCADE,
     action TEXT NOT NULL,
     used_by BIGINT
   );

   CREATE TABLE settings (
     key TEXT PRIMARY KEY,
     value TEXT NOT NULL
   );`,
};
