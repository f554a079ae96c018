// Finding distributions by what they say of themselves. Seldom asked, so there is no index of it:
// the documents are looked through in the database.
#include <array>

#include "rows.hpp"

namespace minben::catalogue {

namespace {

/// A member of a distribution's JSON as text, by the name in `m`.
#define MINBEN_MEMBER(m)                                                                        \
  "case " m                                                                                     \
  " when 'title' then concat_ws(' ', each.value #>> '{title,zh_hant}', each.value #>> "         \
  "'{title,en}')"                                                                               \
  " when 'description' then concat_ws(' ', each.value #>> '{description,zh_hant}', "            \
  "each.value #>> '{description,en}')"                                                          \
  " when 'url' then concat_ws(' ', each.value ->> 'download_url', each.value ->> 'access_url')" \
  " when 'checksum' then each.value #>> '{checksum,hex}'"                                       \
  " when 'dataset' then d.dataset_id::text else each.value ->> " m " end"

/// A document with an escaped NUL is no jsonb: none of ours has one, and it must not stop the rest.
constexpr Query find_distributions{
    "catalogue_find_distributions",
    "with matching as materialized ("
    " select d.dataset_id, each.value ->> 'id' as distribution_id,"
    "  lower(" MINBEN_MEMBER("$3::text") ") as sorted, d.position, each.place"
    " from catalogue.dataset d cross join lateral jsonb_array_elements("
    "  case when strpos(d.document, '\\u0000') = 0 then d.document::jsonb -> 'distributions' end)"
    "  with ordinality as each (value, place)"
    " where d.status = 'published' and not exists ("
    "  select 1 from unnest($1::text[], $2::text[]) as wanted (member, pattern)"
    "  where coalesce(" MINBEN_MEMBER("wanted.member") ", '') not ilike wanted.pattern)), "
    "page as (select * from matching order by sorted, position, place limit $4 offset $5) "
    "select (select count(*) from matching) as total, page.dataset_id, page.distribution_id "
    "from (select 1) as once left join page on true order by sorted, position, place"};

#undef MINBEN_MEMBER

std::string_view name_of(DistributionQuery::Member member) {
  using Member = DistributionQuery::Member;
  switch (member) {
    case Member::id:
      return "id";
    case Member::title:
      return "title";
    case Member::description:
      return "description";
    case Member::url:
      return "url";
    case Member::format:
      return "format";
    case Member::media_type:
      return "media_type";
    case Member::encoding:
      return "character_encoding";
    case Member::checksum:
      return "checksum";
    case Member::dataset:
      return "dataset";
  }
  return "id";
}

/// Of LIKE, which finds it anywhere.
std::string pattern_of(std::string_view term) {
  std::string out = "%";
  for (const char c : term) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + '%';
}

}  // namespace

Result<DistributionHits> Catalogue::distributions(store::Transaction& tx,
                                                  const DistributionQuery& query) const {
  constexpr std::size_t most_parts = 20;
  if (query.parts.size() > most_parts)
    return fail(Kind::invalid, "too_many_terms", "at most 20 terms", "query");
  std::vector<std::string> members, patterns;
  for (const auto& [member, term] : query.parts) {
    members.emplace_back(name_of(member));
    patterns.push_back(pattern_of(term));
  }
  const std::string sorted = query.order ? std::string(name_of(*query.order)) : "";
  MINBEN_TRY(rows,
             tx.run(find_distributions, members, patterns, sorted, query.limit, query.offset));
  DistributionHits hits;
  for (const auto row : rows) {
    hits.total = row.integer("total");
    if (row.is_null("dataset_id")) continue;
    const auto id = DistributionId::parse(row.text("distribution_id"));
    if (!id) return fail(Kind::internal, "broken_document");
    hits.found.push_back({row.id<DatasetId>("dataset_id"), *id});
  }
  return hits;
}

}  // namespace minben::catalogue
