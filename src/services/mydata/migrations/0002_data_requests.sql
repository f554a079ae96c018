-- A consent is about a case of the platform's own, or about a data request of somebody outside.
alter table mydata.consent alter column case_id drop not null;
alter table mydata.consent add column data_request_id uuid;  -- [personal]
alter table mydata.consent add constraint consent_of_one_matter
  check ((case_id is null) <> (data_request_id is null));

-- Who may ask people for their data: settings are public, secrets sealed under a wrapped key.
create table mydata.service_provider (
  client_id text primary key,  -- [open]
  settings jsonb not null,  -- [open]
  wrapped_key bytea not null,  -- [secret]
  sealed_secrets bytea not null,  -- [secret]
  suspended boolean not null default false,  -- [open]
  added_at timestamptz not null  -- [open]
);

-- A request for several things of one person. client_id is '' when the person asked for themselves.
create table mydata.data_request (
  client_id text not null,  -- [open]
  id uuid not null,  -- [personal]
  tx_id text not null,  -- [open]
  mode text not null check (mode in ('service', 'counter', 'download')),  -- [open]
  person_id uuid,  -- [personal]
  state text not null check (state in ('arrived', 'open', 'decided', 'closed')),  -- [open]
  code integer not null default 0,  -- [open]
  return_url text not null default '',  -- [open]
  agency text not null default '',  -- [open]
  whose bytea,  -- [personal]
  created_at timestamptz not null,  -- [open]
  answer_by timestamptz not null,  -- [open]
  decided_at timestamptz,  -- [open]
  kept_until timestamptz,  -- [open]
  ticket_hash bytea,  -- [secret]
  sealed_ticket bytea,  -- [secret]
  delivered_at timestamptz,  -- [open]
  barcode_hash bytea,  -- [secret]
  barcode_until timestamptz,  -- [open]
  otp_hash bytea,  -- [secret]
  otp_until timestamptz,  -- [open]
  otp_tries integer not null default 0,  -- [open]
  sealed_file bytea,  -- [sealed]
  primary key (client_id, id),
  unique (client_id, tx_id)
);
create index data_request_by_id on mydata.data_request (id);
create index data_request_by_ticket on mydata.data_request (ticket_hash) where ticket_hash is not null;
create index data_request_by_barcode on mydata.data_request (barcode_hash) where barcode_hash is not null;
create index data_request_of_person on mydata.data_request (person_id, created_at desc);

-- One thing of a request, and for at most some hours what was brought.
create table mydata.request_item (
  client_id text not null,  -- [open]
  request_id uuid not null,  -- [personal]
  resource_id text not null,  -- [open]
  position integer not null,  -- [open]
  consent_id uuid,  -- [open]
  state text not null,  -- [open]
  content bytea,  -- [sealed]
  primary key (client_id, request_id, resource_id),
  foreign key (client_id, request_id) references mydata.data_request (client_id, id)
);

create index request_item_by_consent on mydata.request_item (consent_id);

create table mydata.resource_use (
  resource_id text not null,  -- [open]
  day date not null,  -- [open]
  used integer not null,  -- [open]
  primary key (resource_id, day)
);

-- What providers' answers told of them.
create table mydata.resource_health (
  resource_id text primary key,  -- [open]
  succeeded_at timestamptz,  -- [open]
  failed_at timestamptz,  -- [open]
  failing_since timestamptz  -- [open]
);

-- Who wants to be told when a provider is back.
create table mydata.promise (
  person_id uuid not null,  -- [personal]
  resource_id text not null,  -- [open]
  request_id uuid not null,  -- [personal]
  promised_at timestamptz not null,  -- [open]
  primary key (person_id, resource_id)
);
create index promise_by_resource on mydata.promise (resource_id);
