#pragma once
// Private: what a file is, beside what is said of it. No database, no network.
#include "quality.hpp"

namespace minben::quality {

/// A file as it came.
struct Came {
  std::filesystem::path file;
  std::string content_type;  ///< of the answer; "" = not said
  std::int64_t bytes = 0;
  bool whole = true;
};

struct Verdict {
  Findings findings;
  std::vector<Evidence> evidence;
  /// The address answers, but with something else than the file: its code; counts as a try without
  /// success.
  std::string instead;
};

/// `work`: an empty directory. Errors only of this machine and of who leaves ("cancelled").
Result<Verdict> judge_file(const catalogue::Distribution& distribution, const Came& came,
                           const std::filesystem::path& work, const Clock& clock,
                           seconds reading_time, const std::function<bool()>& cancelled);

/// A table of this house: its columns were read when it was loaded, and people get it as UTF-8 in
/// the format that the address names.
Verdict judge_table(const catalogue::Distribution& distribution, const datastore::Table& table,
                    std::string_view format);

/// Whether programs ask there instead of taking a file.
bool is_service(const catalogue::Distribution& distribution);

/// The finding about what an address gives, for an address that was only asked for.
inline Evidence met(std::string_view criterion, std::string_view found = {}) {
  return {std::string(criterion), Finding::passed, "", "", std::string(found)};
}

/// "text/csv" of "Text/CSV; charset=Big5"; "" when it is none.
std::string media_type_of(std::string_view content_type);
/// Whether a text begins as a web page does.
bool looks_like_a_page(std::string_view start);

}  // namespace minben::quality
