#pragma once
// Where things stand in a JSON file, so that faults name a line.
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace minben::forms {

/// Line and column (1-based) of every value by its JSON pointer.
class Positions {
 public:
  /// `json` must already have been parsed without error.
  explicit Positions(std::string_view json);
  /// Of the value, or of the nearest one that contains it.
  [[nodiscard]] std::pair<int, int> of(std::string_view pointer) const;

 private:
  std::map<std::string, std::pair<int, int>, std::less<>> places_;
};

/// One step of a JSON pointer (RFC 6901): "~" is "~0" and "/" is "~1".
std::string pointer_step(std::string_view name);

}  // namespace minben::forms
