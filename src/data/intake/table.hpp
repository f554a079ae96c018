#pragma once
// A CSV text becomes a prepared table.
#include <optional>

#include "csv.hpp"

namespace minben::intake {

/// Columns that a reader of another format has found, where it wrote its rows without a header.
struct KnownColumns {
  std::vector<std::string> names;
  std::vector<bool> geometry;  ///< by column; may be shorter
};

struct TableSource {
  std::filesystem::path path;  ///< of the file that `text` is of
  std::string_view text;       ///< UTF-8
  bool original = false;       ///< `path` is the caller's file as it stands
  bool mark = false;           ///< `path` begins with a byte order mark, which `text` does not
  const KnownColumns* columns = nullptr;  ///< then `text` is written by us
};

/// Reads all, and writes `rewritten` when the text cannot be used as it stands. Fills columns,
/// separator and header of `inspection`.
Result<Prepared> prepare_table(const TableSource& source, const Hints& hints,
                               const std::filesystem::path& rewritten, Inspection inspection,
                               Repairs& repairs, const Watch& watch);

/// A regular CSV file by samples of its beginning, middle and end; nullopt: read it all.
Result<std::optional<Prepared>> prepare_by_sample(const TableSource& source, const Hints& hints,
                                                  const Watch& watch);

/// Bytes that prepare_by_sample looks at.
inline constexpr std::size_t sampled_bytes = 4u << 20;

}  // namespace minben::intake
