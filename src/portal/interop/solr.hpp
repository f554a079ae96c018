#pragma once
// Private: the query language that CKAN's clients write (Solr's standard query parser, as far as
// catalogues use it), read into conditions of the catalogue. A pure function of its arguments;
// fuzzed.
#include "catalogue/search.hpp"

namespace minben::interop {

/// What q and fq say together.
struct SolrQuery {
  std::string words;  ///< bare words of q, all of which are wanted
  catalogue::Condition where;
};

/// Clauses joined by AND (the default), OR, NOT, +, -, with parentheses; `field:value`, `field:"a
/// phrase"`, `field:(a OR b)`, `field:[from TO to]` and `{from TO to}` for dates with Solr's date
/// arithmetic (NOW-7DAYS/DAY), `*` and `?` in values. Errors: invalid "query_syntax"; invalid
/// "undefined_field" naming it. At most 8 KiB, 50 deep, 500 clauses ("query_too_large").
Result<SolrQuery> read_solr(std::string_view q, std::span<const std::string> filters, Instant now);

/// "metadata_modified desc, title_string asc": the first that is known. invalid "bad_sort".
Result<std::pair<catalogue::Order, bool>> read_sort(std::string_view sort);

/// CKAN's name of a facet → our field; nothing when there are never values.
std::optional<catalogue::Field> facet_field(std::string_view name);

}  // namespace minben::interop
