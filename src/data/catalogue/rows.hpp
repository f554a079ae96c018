#pragma once
// Private: rows of the catalogue's tables, and what all writes share.
#include "catalogue.hpp"

namespace minben::catalogue {

using store::Query;

/// One write of the catalogue at a time, on all nodes.
Result<void> take_turn(store::Transaction& tx);

#define MINBEN_ENTRY_COLUMNS                                                               \
  "dataset_id, name, status, version, revision, document, draft, created_at, changed_at, " \
  "withdrawn_at, withdrawn_reason, withdrawn_by, position"

Result<Entry> entry_of(const store::Row& row);
Result<std::vector<Entry>> entries_of(const store::Rows& rows);
Publisher publisher_of(const store::Row& row);
/// internal "broken_document" when what is stored is no dataset.
Result<Dataset> document_of(const std::string& text);

/// [a-z0-9-], from a text in Latin letters; "" when there are too few.
std::string slug_of(std::string_view text);
/// The same for the same words: of something that was harvested, so that it keeps its address if it
/// is harvested anew.
Uuid uuid_of(std::string_view what, std::string_view source, std::string_view identifier);

/// Ids and a name for what has none. Distributions are known again by id, national id, address or
/// title.
void complete(Dataset& dataset, const Dataset* before, const Clock& clock, Random& random);

/// What a dataset has to have before it is published by hand.
Errors check_for_release(const Dataset& dataset);

/// Tells others, once this is committed.
Result<void> announce(store::Transaction& tx, const DatasetId& id, std::string_view what,
                      int version, const PublisherCode& publisher);

/// Whose they are; those that a dataset no longer has stay its own, for its earlier versions.
void note_distributions(store::Transaction& tx, std::span<const Dataset* const> datasets);
/// Which series published datasets belong to, or that they belong to none.
void note_series(store::Transaction& tx, std::span<const Dataset* const> datasets);

}  // namespace minben::catalogue
