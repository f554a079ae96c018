#pragma once
// FEEL in models: compiled once at load, evaluated against JSON variables.
#include <functional>
#include <span>

#include "process/definition.hpp"
#include "rules/rules.hpp"

namespace minben::process {

class Formula {
 public:
  Formula(rules::Expression expression, std::vector<std::string> names)
      : expression_(std::move(expression)), names_(std::move(names)) {}

  /// Where a variable's value comes from; nullptr when there is none.
  using Lookup = std::function<const Json*(std::string_view name)>;

  /// FEEL errors inside give null, as DMN 1.5 §10.3 says; an Error means a bound was exceeded.
  [[nodiscard]] Result<Json> evaluate(const Lookup& lookup, Instant now) const;
  /// Error "not_boolean" unless the value is true or false.
  [[nodiscard]] Result<bool> holds(const Lookup& lookup, Instant now) const;
  /// The variables it reads.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  [[nodiscard]] rules::Context context(const Lookup& lookup) const;
  rules::Expression expression_;
  std::vector<std::string> names_;
};

/// A model does not declare its variables, so every name that FEEL does not know is one. A leading
/// "=" is taken off. Error "feel_syntax" with line and column in `text`.
Result<std::shared_ptr<const Formula>> compile_formula(std::string_view text);

}  // namespace minben::process
