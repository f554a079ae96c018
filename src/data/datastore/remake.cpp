// Index and rows of a version, when they are lost: the Parquet file has all that they are made of.
#include <spdlog/spdlog.h>

#include "impl.hpp"

namespace minben::datastore {

/// Whoever asks meanwhile waits: making them a second time would take as long.
Result<OpenFiles::Entry> Datastore::Impl::open_files(const State& state) {
  if (auto there = files.get(state.index(), state.rows())) return there;
  const std::lock_guard lock(remaking);
  if (auto there = files.get(state.index(), state.rows())) return there;
  MINBEN_CHECK(remake(state));
  return files.get(state.index(), state.rows());
}

/// Other nodes may do the same at once: the files are alike, and each takes its name in one step.
Result<void> Datastore::Impl::remake(const State& state) const {
  spdlog::warn("index and rows of version {} of table {} are made anew", state.table.version.number,
               to_string(state.table.id));
  MINBEN_TRY(work, WorkFolder::make(config.directory, clock, random));
  MINBEN_TRY(connection, connect());
  const std::int64_t rows = state.table.version.rows;
  const fs::path index = work.path() / "made.index", row_file = work.path() / "made.rows";
  MINBEN_CHECK(build_index(connection, state.file, state.fields(), rows, index, config.load_time));
  MINBEN_CHECK(
      write_rows(connection, state.file, state.fields(), rows, row_file, config.load_time));
  for (const fs::path& file : {index, row_file}) MINBEN_CHECK(sync_path(file));
  MINBEN_CHECK(move_file(row_file, state.rows()));
  MINBEN_CHECK(move_file(index, state.index()));
  return sync_path(state.file.parent_path());
}

}  // namespace minben::datastore
