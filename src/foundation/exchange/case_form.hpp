#pragma once
// The form of a case number, which a rule can ask for.
#include <memory>
#include <string>
#include <string_view>

#include "core/core.hpp"

namespace minben::exchange {

/// A regular expression in RE2's syntax, at most 256 bytes, for the whole number. Thread-safe.
class CaseForm {
 public:
  static Result<CaseForm> parse(const std::string& pattern);  ///< error "bad_pattern"
  [[nodiscard]] bool matches(std::string_view case_number) const;

 private:
  struct Pattern;
  explicit CaseForm(std::shared_ptr<const Pattern> pattern) : pattern_(std::move(pattern)) {}
  std::shared_ptr<const Pattern> pattern_;
};

}  // namespace minben::exchange
