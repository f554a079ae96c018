-- Which published datasets belong to which series: a dataset says it in its document.
create table catalogue.series_member (
  dataset_id uuid primary key,  -- [open]
  series_id uuid not null       -- [open]
);
create index series_member_series on catalogue.series_member (series_id);
insert into catalogue.series_member (dataset_id, series_id)
select dataset_id, (document::jsonb ->> 'series')::uuid from catalogue.dataset
where document like '%"series":"%' and document::jsonb ->> 'series' is not null;
