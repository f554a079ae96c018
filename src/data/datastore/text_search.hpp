#pragma once
// Private: the full text of a search, as a condition.
#include "datastore.hpp"

namespace minben::datastore {

struct Sql;

/// Adds " and (…)" for `q` (search.hpp); nothing when it is null or has no words. Bounds: 1,000
/// bytes a text, 32 words in all, nesting 16. invalid "bad_query_text", "bad_field".
Result<void> add_text_search(Sql& sql, const Json& q, bool plain, std::span<const Field> fields);

}  // namespace minben::datastore
