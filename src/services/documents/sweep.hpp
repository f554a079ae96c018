#pragma once
// Uploads that never came to belong to a case do not stay for ever.
#include "documents/documents.hpp"
#include "store/store.hpp"

namespace minben::documents {

/// Removes, once a day, uploads that are attached to nothing and older than `keep`, as the job
/// "documents.sweep"; before workers.start(). Drafts name their uploads without attaching them, so
/// `keep` must be well beyond the time a draft can lie untouched. All outlive the workers.
void sweep_daily(store::Database& database, Documents& documents, store::Workers& workers,
                 days keep = days{180});

}  // namespace minben::documents
