#pragma once
// Text of whatever encoding becomes UTF-8.
#include "files.hpp"

namespace minben::intake {

/// The text of a file as UTF-8 without byte order mark and without NUL.
struct Text {
  MappedFile file;       ///< the file itself, or its rewritten form in `work`
  std::string encoding;  ///< as of Inspection::encoding
  bool original = true;  ///< the file as it stands
  bool mark = false;     ///< it begins with a byte order mark
  [[nodiscard]] std::string_view text() const {
    return file.text().substr(original && mark ? 3 : 0);
  }
};

/// How far bytes are UTF-8.
struct Utf8Scan {
  std::int64_t bad = 0;   ///< places where a character cannot be read
  std::int64_t wide = 0;  ///< characters beyond ASCII
};
Utf8Scan scan_utf8(std::string_view bytes);

struct Detected {
  std::string encoding;     ///< empty: they are no text
  bool clean_utf8 = false;  ///< UTF-8 without a fault
};
/// The encoding that `bytes` have; all of them are looked at.
Detected detect_encoding(std::string_view bytes);

/// `bytes` (of `encoding`, any mark removed) as UTF-8, appended to `out`. A line of another
/// encoding than the rest (files put together) is read as what it is. What cannot be read becomes
/// U+FFFD. Adds to `hkscs` the characters of that extension.
void to_utf8(std::string_view bytes, std::string_view encoding, std::string& out, Repairs& repairs,
             std::int64_t& hkscs);

/// Reads and, where necessary, rewrites to `rewritten`.
Result<Text> read_text(MappedFile file, const std::filesystem::path& rewritten,
                       std::string_view declared, const Watch& watch, Repairs& repairs);

}  // namespace minben::intake
