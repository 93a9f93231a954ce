-- What was said, and what was read from it. Only land() writes these tables.
--
-- Every primary key holds the post's key, so that the tables can be spread by
-- post_id and partitioned by month later. For the same reason no foreign key
-- ties them: land() writes a post and its rows in one transaction.

-- Each rule set that ever analysed a post, with its text, for ever.
create table ruleset (
  ruleset_id   smallint generated always as identity primary key,
  version      text not null unique,
  files        text not null,
  activated_at timestamptz not null default now()
);

create table post (
  platform         text collate "C" not null,
  post_id          text collate "C" not null,
  kind             text collate "C" not null
                   check (kind in ('post', 'video', 'comment')),
  author_id        text collate "C" not null,  -- '' when the site did not tell
  title            text not null,
  text             text not null,
  created_at       timestamptz not null,
  day              date not null generated always as
                   ((created_at at time zone 'UTC')::date) stored,
  approximate_time boolean not null,
  edited_at        timestamptz,
  conversation_id  text collate "C" not null,
  -- As the site showed them; null is not zero. Never added up over two sites.
  likes            bigint,
  reposts          bigint,
  replies          bigint,
  quotes           bigint,
  views            bigint,
  bookmarks        bigint,
  -- Came along as a parent, and no query has returned it yet.
  context_only     boolean not null,
  site_lang        text collate "C" not null,  -- as the site gave it, or ''
  -- The analysis: rule set, result, and a digest that tells if it differs.
  lang             text collate "C" not null,
  noise            text collate "C" not null check (noise in
                   ('none', 'promo', 'prompt', 'news', 'bot', 'duplicate',
                    'homonym')),
  models           text[] not null,  -- of the text and its findings; '' for a
                                     -- finding that names none
  ruleset_id       smallint not null,
  analysis_digest  bigint not null,
  analysed_at      timestamptz not null default now(),
  first_seen_at    timestamptz not null default now(),
  observed_at      timestamptz not null,  -- when the site showed this state
  primary key (platform, post_id)
);
create index post_created_at on post (created_at);
create index post_models on post using gin (models);
create index post_video on post (created_at desc) where kind = 'video';

create table post_reference (
  platform  text collate "C" not null,
  post_id   text collate "C" not null,
  kind      text collate "C" not null
            check (kind in ('reply', 'quote', 'repost')),
  parent_id text collate "C" not null,
  primary key (platform, post_id, kind, parent_id)
);

-- Which configured queries returned the post.
create table post_query (
  platform text collate "C" not null,
  post_id  text collate "C" not null,
  source   text collate "C" not null,
  query    text collate "C" not null,
  primary key (platform, post_id, source, query)
);

create table author (
  platform    text collate "C" not null,
  author_id   text collate "C" not null,
  handle      text not null,
  name        text not null,
  followers   bigint,
  observed_at timestamptz not null,
  primary key (platform, author_id)
);

-- Offsets count bytes of the post's full text: title, line break, text.
create table finding (
  platform    text collate "C" not null,
  post_id     text collate "C" not null,
  ordinal     smallint not null,
  created_at  timestamptz not null,  -- the post's
  model       text collate "C",      -- null when none is named
  version     text,
  category    text collate "C" not null,
  polarity    text collate "C" not null check (polarity in
              ('complaint', 'praise', 'request', 'question', 'resolved')),
  begin_byte  int not null,
  end_byte    int not null check (0 <= begin_byte and begin_byte <= end_byte),
  rule        text collate "C" not null,
  confidence  real not null,
  scope       text collate "C" not null
              check (scope in ('clause', 'text', 'context', 'none')),
  counterpart text collate "C",
  primary key (platform, post_id, ordinal)
);
create index finding_model on finding (model, created_at);
create index finding_created_at on finding (created_at);

create table comparison (
  platform   text collate "C" not null,
  post_id    text collate "C" not null,
  ordinal    smallint not null,
  created_at timestamptz not null,
  better     text collate "C" not null,
  worse      text collate "C" not null,
  category   text collate "C",  -- null: overall
  primary key (platform, post_id, ordinal)
);

create table value (
  platform   text collate "C" not null,
  post_id    text collate "C" not null,
  ordinal    smallint not null,
  created_at timestamptz not null,
  kind       text collate "C" not null,
  amount     double precision not null,
  unit       text not null,
  per        text not null,
  begin_byte int not null,
  end_byte   int not null check (0 <= begin_byte and begin_byte <= end_byte),
  primary key (platform, post_id, ordinal)
);
