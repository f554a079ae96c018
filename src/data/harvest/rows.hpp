#pragma once
// Private: rows of harvest's tables.
#include "harvest.hpp"

namespace minben::harvest {

#define MINBEN_RUN_COLUMNS                                                               \
  "run_id, source, state, dry, since, local, asked_by, asked_at, started_at, ended_at, " \
  "progress_at, not_before, attempt, cursor, expected, seen, hidden, created, changed, " \
  "unchanged, failed, withdrawn, requests, bytes, code, detail, stopping, accepted"

/// A run with what only its work needs.
struct RunRow {
  Run run;
  Json cursor;
  bool local = false;
  bool accepted = false;
};
RunRow run_of(const store::Row& row);
Result<Source> source_of(const store::Row& row);
/// "host:port" of an address; "" of none.
std::string host_of(std::string_view url);
/// Tells watchers once this is committed.
Result<void> announce(store::Transaction& tx, const Run& run);

/// A run of a file of this machine may be of a source that is not active.
Result<Run> begin_run(store::Transaction& tx, const Clock& clock, Random& random,
                      const SourceCode& code, bool dry, bool local, std::string_view asked_by);
Result<RunRow> find_run(store::Transaction& tx, RunId id);

}  // namespace minben::harvest
