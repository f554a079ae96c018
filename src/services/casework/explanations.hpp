#pragma once
// From a decision of the package to the reasons for its result, and from a kept record to words.
#include "casework/casework.hpp"
#include "package_parts.hpp"

namespace minben::casework {

struct Applied {
  rules::Value value;
  Explanation why;
};

/// `form` is the one whose answers are among the inputs; it has the words for them.
Result<Applied> apply(const Package& package, const forms::Form& form, Explanation::About about,
                      std::string_view decision, const rules::Context& inputs, Instant now);

/// A record as Explanation::record has it, with words. What does not belong to this package's files
/// is shown as it is.
Explanation worded(const Package& package, const forms::Form& form, Json record);

}  // namespace minben::casework
