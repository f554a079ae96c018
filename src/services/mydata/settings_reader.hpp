#pragma once
// Reads JSON files that people write: each member checked, the first fault told by name. Private.
#include <functional>
#include <string>
#include <vector>

#include "mydata/mydata.hpp"

namespace minben::mydata {

inline constexpr std::size_t max_settings = 64u << 10;  ///< bytes of a file

class SettingsReader {
 public:
  /// `code`: of its errors. The object outlives the reader.
  SettingsReader(const Json& object, std::string_view code) : object_(object), code_(code) {}

  /// One to `most` characters; nothing read when it is missing and not required.
  Result<void> text(std::string_view name, std::string& into, std::size_t most, bool required);
  Result<void> both(std::string_view name, Bilingual& into);
  Result<void> texts(std::string_view name, std::vector<std::string>& into, std::size_t least,
                     std::size_t most);
  Result<void> number(std::string_view name, int& into, int least, int most);
  Result<void> flag(std::string_view name, bool& into);
  Result<void> agency(std::string_view name, AgencyCode& into);
  /// Members that nobody read.
  [[nodiscard]] Result<void> no_others() const;
  [[nodiscard]] std::unexpected<Error> bad(std::string_view name, std::string_view detail) const {
    return fail(Kind::invalid, code_, detail, name);
  }
  [[nodiscard]] const Json* member(std::string_view name);

 private:
  const Json& object_;
  std::string code_;
  std::vector<std::string> read_;
};

/// [A-Za-z0-9._-]{1,64}: what may stand in an address and a file name without encoding.
bool is_public_name(std::string_view text);

}  // namespace minben::mydata
