#pragma once
// Series of datasets and their members. A dataset says in its description which series it is in;
// the catalogue notes it whenever one is published. Transactions are the caller's.
#include "catalogue/catalogue.hpp"

namespace minben::catalogue {

/// not_found "no_such_series".
Result<SeriesId> series_named(store::Transaction& tx, std::string_view name);
/// Its published datasets; those of the newest time first (temporal coverage, else issued).
Result<std::vector<Entry>> members_of(store::Transaction& tx, SeriesId id, int limit);

}  // namespace minben::catalogue
